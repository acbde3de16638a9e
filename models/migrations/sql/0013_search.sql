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

-- A noun's records that hold every word of a text, at most p_most, with rank: those whose words begin so, then those that have them inside, then, for
-- nouns of people and fewer than 50 hits, those that have some words of their own and some of the person's; with one mistake a word if there is nothing else. E-mail and
-- phone are searched if p_contact. p_owner, NULL for all, narrows to one user's rows before anything is cut off.
-- An index gathers all matches before it gives the first, so where many of the newest rows pass, the newest 40,000 are read first.
CREATE FUNCTION lw_search(p_workspace uuid, p_noun text, p_text text, p_contact boolean, p_owner uuid, p_archived boolean, p_most int)
RETURNS TABLE (id uuid, rank int)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 500 COST 10000 SET search_path = pg_catalog, public SET enable_seqscan = off AS $$
DECLARE
  named text := CASE p_noun WHEN 'Person' THEN 'people' WHEN 'Lead' THEN 'leads' WHEN 'Contact' THEN 'contacts' WHEN 'Company' THEN 'companies' WHEN 'Deal' THEN 'deals' END;
  linked boolean := p_noun IN ('Lead', 'Contact');
  human text := CASE WHEN p_contact THEN 'search_all' ELSE 'search_open' END;
  doc text := CASE WHEN linked THEN format('(p.%I || t.search_open)', human) WHEN p_noun = 'Person' THEN 't.' || human ELSE 't.search_open' END;
  sources text[] := CASE WHEN NOT linked OR p_owner IS NOT NULL THEN ARRAY[doc] ELSE ARRAY['p.' || human, 't.search_open'] END;
  asked text := btrim(regexp_replace(lw_fold(p_text), '\s+', ' ', 'g'));
  words text[]; tests text[]; sample int[]; samples int[][]; keep text; query text; test text; source text; place text; places text[]; newest text;
  ids uuid[] := '{}'; ranks int[] := '{}'; more uuid[]; those int[]; k int;
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
  tests := ARRAY[lw_search_test(words, false), lw_search_test(words, true)] || ARRAY(SELECT lw_search_test(ARRAY[w], true) FROM unnest(words) w);
  keep := format('t.workspace_id = %L', p_workspace) || CASE WHEN p_archived THEN '' ELSE ' AND t.archived_at IS NULL' END
    || CASE WHEN p_owner IS NULL THEN '' WHEN p_noun <> 'Person' THEN format(' AND t.owner_id = %L', p_owner)
       ELSE format(' AND (EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = %1$L AND l.person_id = t.id AND l.owner_id = %2$L)'
         ' OR EXISTS (SELECT 1 FROM contacts c WHERE c.workspace_id = %1$L AND c.person_id = t.id AND c.owner_id = %2$L))', p_workspace, p_owner) END
    || CASE WHEN linked THEN format(' AND p.workspace_id = %L', p_workspace) ELSE '' END;
  query := format('SELECT array_agg(h.id), array_agg(h.rank) FROM (SELECT t.id, CASE WHEN strpos(%1$s, %2$L) > 0 THEN 4000 WHEN starts_with(%1$s, %3$L) THEN 3000'
    ' WHEN %4$s THEN 2000 WHEN %5$s THEN 1000 ELSE 0 END + 999 - least(999, length(%1$s)) AS rank FROM ', doc, ' ' || asked || ' ', ' ' || asked,
    replace(tests[1], '{}', doc), replace(tests[2], '{}', doc));
  FOR i IN 1 .. 4 LOOP
    CONTINUE WHEN i = 3 AND (cardinality(sources) = 1 OR cardinality(words) = 1 OR cardinality(ids) >= 50) OR i = 4 AND cardinality(ids) > 0;
    FOR j IN 1 .. cardinality(sources) LOOP
      CONTINUE WHEN cardinality(ids) >= p_most;
      source := sources[j];
      place := CASE WHEN source LIKE 'p.%' THEN 'people' ELSE named END;
      IF i = 1 AND NOT (source = doc AND linked) THEN
        sample := lw_search_sample(p_workspace, place, split_part(source, '.', 2), tests);
        samples := samples || ARRAY[sample];
      END IF;
      CONTINUE WHEN i = 1 AND samples[j][2] = 0;    -- too few to tell beginnings from insides before they are ranked
      test := CASE i WHEN 3 THEN replace(tests[2], '{}', doc) WHEN 4 THEN replace(lw_search_typos(words), '{}', source) ELSE replace(tests[i], '{}', source) END;
      CONTINUE WHEN test IS NULL;
      newest := format('(SELECT n.* FROM %I n WHERE n.workspace_id = %L ORDER BY n.created_at DESC, n.id DESC LIMIT 40000)', place, p_workspace);
      places := CASE WHEN i < 3 AND samples[j][i] >= CASE place WHEN 'people' THEN 16 ELSE 10 END THEN ARRAY[newest, place] ELSE ARRAY[place] END;
      IF i = 3 THEN    -- one of both holds the rarest word
        k := (SELECT w FROM generate_series(3, cardinality(tests)) w ORDER BY samples[1][w] + samples[2][w], length(tests[w]) DESC LIMIT 1);
        places := ARRAY[format('(SELECT s.* FROM %I s WHERE s.workspace_id = %L AND %s LIMIT 5000)', place, p_workspace,
          replace(tests[k], '{}', 's.' || split_part(source, '.', 2)))];
      END IF;
      FOREACH place IN ARRAY places LOOP
        CONTINUE WHEN cardinality(ids) >= p_most;
        EXECUTE query || CASE WHEN NOT linked THEN place || ' t' WHEN source LIKE 'p.%' THEN place || format(' p JOIN %I t ON t.person_id = p.id', named)
          ELSE place || ' t JOIN people p ON p.id = t.person_id' END
          || format(' WHERE %s AND %s AND NOT (t.id = ANY ($1)) LIMIT %s) h', keep, test, p_most - cardinality(ids)) INTO more, those USING ids;
        ids := ids || more;
        ranks := ranks || those;
      END LOOP;
    END LOOP;
  END LOOP;
  RETURN QUERY SELECT h.id, h.rank FROM unnest(ids, ranks) h (id, rank) ORDER BY h.rank DESC, h.id DESC;
END $$;
GRANT CREATE ON SCHEMA public TO lw_search;
ALTER FUNCTION lw_search(uuid, text, text, boolean, uuid, boolean, int) OWNER TO lw_search;
REVOKE CREATE ON SCHEMA public FROM lw_search;
GRANT SELECT ON people, leads, contacts, companies, deals TO lw_search;
