-- Search by fragments. Trigram operators are not leakproof, so under row security no index answers them: one definer function finds ids with
-- their rank, and the protected read checks each of them again.

-- Folded words as tests of {}: at the start of a word, or also inside one where the word is long enough to have a trigram of its own. Beside such
-- words shorter ones are not looked up, because what an index has on two letters is most of it.
CREATE FUNCTION lw_search_test(p_words text[], p_inside boolean) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public AS $$
  SELECT string_agg(format('%s LIKE %L', CASE WHEN x.some AND NOT x.long THEN '({} || '''')' ELSE '{}' END,
    CASE WHEN p_inside AND x.long THEN '%' ELSE '% ' END || x.w || '%'), ' AND ')
  FROM (SELECT w, w ~ '[[:alnum:]]{3}' AS long, bool_or(w ~ '[[:alnum:]]{3}') OVER () AS some FROM unnest(p_words) w) x
$$;

-- Tests of {} that allow each word of five letters or more one mistake: two letters next to each other stand for none to three. The index answers
-- the patterns, the expression is for what they leave.
CREATE FUNCTION lw_search_typos(p_words text[]) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public AS $$
  SELECT string_agg(CASE WHEN w ~ '^[[:alnum:]]{5,20}$' THEN format('(%s) AND {} || '''' ~ %L', x.likes, '\m(' || x.mistakes || ')\M')
    ELSE lw_search_test(ARRAY[w], false) END, ' AND ')
  FROM unnest(p_words) w CROSS JOIN LATERAL (
    SELECT string_agg(format('{} LIKE %L', '% ' || left(w, i) || '%' || coalesce(nullif(substr(w, i + 3), '') || ' %', '')), ' OR ') AS likes,
      string_agg(left(w, i) || '\w{0,3}' || substr(w, i + 3), '|') AS mistakes
    FROM generate_series(1, length(w) - 1) i) x
  HAVING bool_or(w ~ '^[[:alnum:]]{5,20}$')
$$;

-- How many of the 400 newest rows pass each test.
CREATE FUNCTION lw_search_sample(p_workspace uuid, p_table text, p_column text, p_tests text[]) RETURNS int[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public AS $$
DECLARE
  found int[];
BEGIN
  EXECUTE format('SELECT ARRAY[%s]::int[] FROM (SELECT n.%I FROM %I n WHERE n.workspace_id = %L ORDER BY n.created_at DESC, n.id DESC LIMIT 400) n',
    (SELECT string_agg('count(*) FILTER (WHERE ' || replace(x, '{}', 'n.' || p_column) || ')', ', ' ORDER BY i) FROM unnest(p_tests) WITH ORDINALITY u (x, i)),
    p_column, p_table, p_workspace) INTO found;
  RETURN found;
END $$;

-- The condition that rows {} are the workspace's, for a statement that finds them by their words: out of the index's sight where most of a table is one
-- workspace's, because the index would then read the whole list of its rows beside the few that have the words (3 ms of 5 at 800,000).
CREATE FUNCTION lw_search_tenant(p_workspace uuid, p_table text) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM %I n WHERE n.workspace_id = %L', p_table, p_workspace) INTO plan;
  RETURN format(CASE WHEN (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8 > 0.25 * (SELECT c.reltuples FROM pg_class c WHERE c.oid = p_table::regclass)
    THEN '({}.workspace_id = %L) IS TRUE' ELSE '{}.workspace_id = %L' END, p_workspace);
END $$;

-- The rank of a text {} by how it holds what was asked for: as words of their own, at its beginning, at beginnings of words, inside; shorter texts first. In each
-- of these classes a record's own text stands behind its person's.
CREATE FUNCTION lw_search_rank(p_asked text, p_tests text[], p_own boolean) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public AS $$
  SELECT format('((CASE WHEN strpos({}, %L) > 0 THEN 8 WHEN starts_with({}, %L) THEN 6 WHEN %s THEN 4 WHEN %s THEN 2 ELSE 1 END - %s) * 1000 + 999 - least(999, length({})))',
    ' ' || p_asked || ' ', ' ' || p_asked, p_tests[1], p_tests[2], p_own::int)
$$;

-- A noun's records that hold every word of a text, best first and at most p_most (NULL: all), with rank, and whether there are more: those whose words begin so,
-- then those that have them inside, then, for nouns of people and fewer than 50 hits, those that have some words of their own and some of the person's; with one
-- mistake a word if there is nothing else. E-mail and phone are searched if p_contact. p_owners, NULL for all, narrows to these users' rows before anything is cut off.
-- Ways to the rows, from each source of words in turn: 0 few rows have them, so all are ranked, and the best are looked at until there are enough; 1 beginnings;
-- 2 insides; 3 few rows have the rarest word, the others may be in the other source; 4 mistakes. An index gathers all matches before it gives the first, so where many
-- of the newest rows pass, the newest 40,000 are read first. The best of less than 1,000 are the first of the best 1,000.
CREATE FUNCTION lw_search(p_workspace uuid, p_noun text, p_text text, p_contact boolean, p_owners uuid[], p_archived boolean, p_most int)
RETURNS TABLE (id uuid, rank int, cut boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 500 COST 10000 SET search_path = pg_catalog, public SET enable_seqscan = off AS $$
DECLARE
  named text := CASE p_noun WHEN 'Person' THEN 'people' WHEN 'Lead' THEN 'leads' WHEN 'Contact' THEN 'contacts' WHEN 'Company' THEN 'companies' WHEN 'Deal' THEN 'deals' END;
  linked boolean := p_noun IN ('Lead', 'Contact');
  human text := CASE WHEN p_contact THEN 'search_all' ELSE 'search_open' END;
  pair text := format('(p.%I || t.search_open)', human);
  sources text[] := CASE WHEN NOT linked THEN ARRAY['t.' || CASE p_noun WHEN 'Person' THEN human ELSE 'search_open' END]
    WHEN p_owners IS NULL THEN ARRAY['p.' || human, 't.search_open'] ELSE ARRAY[pair] END;
  places text[] := CASE WHEN cardinality(sources) = 2 THEN ARRAY['people', named] ELSE ARRAY[named] END;
  asked text := btrim(regexp_replace(lw_fold(p_text), '\s+', ' ', 'g'));
  tenant text := format('{}.workspace_id = %L', p_workspace);
  enough int := CASE WHEN p_most IS NOT NULL THEN greatest(p_most, 1000) + 1 END; most int := enough; few text := CASE WHEN p_most IS NULL THEN 'ALL' ELSE '2500' END;
  many boolean := false; whole boolean[] := '{f,f}'; cut_off boolean := false;
  ids uuid[] := '{}'; ranks int[] := '{}'; more uuid[]; those int[]; count int;
  words text[]; tests text[]; samples int[][]; rarest int; ways int[] := '{0,1,2,4}'; way int;
  first text; wanted text; persons text; own text; of text; doc text; test text; rank text; query text; froms text[]; here text;
BEGIN
  IF p_workspace IS DISTINCT FROM nullif(current_setting('app.workspace', true), '')::uuid OR named IS NULL THEN
    RETURN;
  END IF;
  IF asked ~ '^[0-9 ]{5,}$' THEN
    asked := ltrim(replace(asked, ' ', ''), '0');    -- a telephone number, however it is written
  END IF;
  words := ARRAY(SELECT DISTINCT w FROM unnest(string_to_array(asked, ' ')) w WHERE w <> '');
  IF NOT EXISTS (SELECT 1 FROM unnest(words) w WHERE length(w) > 1) THEN
    RETURN;
  END IF;
  tests := ARRAY[lw_search_test(words, false), lw_search_test(words, true)]
    || CASE WHEN cardinality(words) > 1 THEN ARRAY(SELECT lw_search_test(ARRAY[w], true) FROM unnest(words) w) END;
  persons := replace(lw_search_rank(asked, tests, false), '{}', 'p.' || human);
  own := lw_search_rank(asked, tests, linked);
  wanted := CASE WHEN p_archived THEN '' ELSE ' AND t.archived_at IS NULL' END
    || CASE WHEN p_owners IS NULL THEN '' WHEN p_noun <> 'Person' THEN format(' AND t.owner_id = ANY (%L::uuid[])', p_owners)
       ELSE format(' AND (EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = %1$L AND l.person_id = t.id AND l.owner_id = ANY (%2$L::uuid[]))'
         ' OR EXISTS (SELECT 1 FROM contacts c WHERE c.workspace_id = %1$L AND c.person_id = t.id AND c.owner_id = ANY (%2$L::uuid[])))', p_workspace, p_owners) END;
  FOR j IN 1 .. cardinality(sources) LOOP
    CONTINUE WHEN sources[j] = pair;    -- no index has both
    samples := samples || ARRAY[lw_search_sample(p_workspace, places[j], split_part(sources[j], '.', 2), tests)];
  END LOOP;
  first := CASE WHEN p_owners IS NULL THEN lw_search_tenant(p_workspace, named) ELSE tenant END;
  IF cardinality(sources) = 2 AND cardinality(words) > 1 THEN
    rarest := (SELECT w FROM generate_series(3, cardinality(tests)) w ORDER BY samples[1][w] + samples[2][w], length(tests[w]) DESC LIMIT 1);
    ways := CASE WHEN samples[1][rarest] + samples[2][rarest] = 0 THEN '{3,0,1,2,4}' ELSE '{0,1,2,3,4}' END;
  ELSIF greatest(samples[1][2], samples[2][2]) <= 1 THEN
    most := p_most + 1;    -- no other way adds to these, so that the best are known without the rest
  END IF;
  FOREACH way IN ARRAY ways LOOP
    IF way = 1 AND many AND NOT 3 = ANY (ways) THEN    -- they were not few, and beginnings come first
      most := enough; ids := '{}'; ranks := '{}'; whole := '{f,f}';
    END IF;
    CONTINUE WHEN way = 3 AND cardinality(ids) >= 50 OR way = 4 AND cardinality(ids) > 0;
    FOR j IN 1 .. cardinality(sources) LOOP
      test := CASE way WHEN 1 THEN tests[1] WHEN 2 THEN format('%s AND NOT (%s)', tests[2], tests[1]) WHEN 4 THEN lw_search_typos(words) ELSE tests[2] END;
      CONTINUE WHEN test IS NULL OR way < 3 AND whole[j] OR way = 0 AND coalesce(samples[j][2], 2) > 1;
      of := CASE WHEN sources[j] LIKE 'p.%' THEN 'p' ELSE 't' END;
      doc := CASE way WHEN 3 THEN pair ELSE sources[j] END;
      rank := CASE WHEN way = 0 THEN of || '.rank' WHEN way = 3 THEN replace(own, '{}', pair) WHEN of = 'p' THEN persons
        WHEN doc = pair THEN format('greatest(%s, %s)', persons, replace(own, '{}', pair)) ELSE replace(own, '{}', doc) END;
      query := 'SELECT t.id, ' || rank || ' AS rank FROM {from} ' || of
        || CASE WHEN of = 'p' THEN format(' JOIN %I t ON t.person_id = p.id AND ', named) || replace(tenant, '{}', 't')
           WHEN doc = pair THEN ' JOIN people p ON p.id = t.person_id AND ' || replace(tenant, '{}', 'p') ELSE '' END
        || ' WHERE ' || replace(first, '{}', of) || wanted || CASE way WHEN 0 THEN '' ELSE ' AND NOT (t.id = ANY ($1)) AND ' || replace(test, '{}', doc) END;
      froms := CASE WHEN way = 0 THEN ARRAY['(SELECT * FROM few f ORDER BY f.rank DESC)']
        WHEN way = 3 THEN ARRAY[format('(SELECT * FROM few f ORDER BY %s DESC)', replace(tests[1], '{}', 'f.' || split_part(sources[j], '.', 2)))]
        WHEN way < 3 AND samples[j][way] >= CASE places[j] WHEN 'people' THEN 16 ELSE 10 END THEN ARRAY[format('(SELECT n.* FROM %I n WHERE n.workspace_id = %L'
          ' ORDER BY n.created_at DESC, n.id DESC LIMIT 40000)', places[j], p_workspace), places[j]] ELSE ARRAY[places[j]] END;
      FOREACH here IN ARRAY froms LOOP
        CONTINUE WHEN way > 0 AND cardinality(ids) >= most;
        EXECUTE CASE WHEN way IN (0, 3) THEN format('WITH few AS MATERIALIZED (SELECT %1$s.workspace_id, %1$s.id, %1$s.archived_at, %2$s FROM %3$I %1$s WHERE %4$s AND %5$s LIMIT %6$s) ', of,
            CASE way WHEN 0 THEN CASE of WHEN 'p' THEN persons ELSE replace(own, '{}', doc) END || ' AS rank' ELSE sources[j] END
              || CASE WHEN places[j] = 'people' THEN '' WHEN linked THEN ', t.owner_id, t.person_id' ELSE ', t.owner_id' END,
            places[j], replace(first, '{}', of), replace(tests[CASE way WHEN 0 THEN 2 ELSE rarest END], '{}', sources[j]), few) ELSE '' END
          || format('SELECT array_agg(h.id), array_agg(h.rank), %s FROM (', CASE WHEN way IN (0, 3) THEN '(SELECT count(*) FROM few)' ELSE '0' END)
          || replace(query, '{from}', here)
          || CASE WHEN way = 0 AND most IS NOT NULL THEN format(' ORDER BY %s.rank DESC FETCH FIRST %s ROWS WITH TIES', of, most)
             ELSE format(' LIMIT %s', coalesce((enough - cardinality(ids))::text, 'ALL')) END || ') h'
          INTO more, those, count USING ids;
        ids := ids || more;
        ranks := ranks || those;
        whole[j] := way IN (0, 3) AND (p_most IS NULL OR count < 2500);
        many := many OR way = 0 AND NOT whole[j];
        cut_off := cut_off OR way = 3 AND NOT whole[j];
      END LOOP;
    END LOOP;
  END LOOP;
  RETURN QUERY SELECT h.id, max(h.rank), cut_off OR coalesce(count(*) OVER () > p_most, false)
    FROM unnest(ids, ranks) h (id, rank) GROUP BY h.id ORDER BY max(h.rank) DESC, h.id DESC LIMIT p_most;
END $$;
GRANT CREATE ON SCHEMA public TO lw_search;
ALTER FUNCTION lw_search(uuid, text, text, boolean, uuid[], boolean, int) OWNER TO lw_search;
REVOKE CREATE ON SCHEMA public FROM lw_search;
GRANT SELECT ON people, leads, contacts, companies, deals TO lw_search;
