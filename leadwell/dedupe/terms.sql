-- What: how often each value of some fields occurs, in every $6th record; the frequent ones. Cost: one scan of the workspace's match_records. Index: none.
SELECT x.field, x.value, x.n * $6::int AS n FROM (
  SELECT t.field, t.value, count(*) AS n, row_number() OVER (PARTITION BY t.field ORDER BY count(*) DESC, t.value) AS rank
  FROM match_records r, unnest($3::text[]) AS f (field), LATERAL (
    SELECT f.field, w.word AS value FROM jsonb_array_elements_text(coalesce(r.facts -> f.field, '[]')) AS v (value), LATERAL (
      SELECT v.value AS word WHERE f.field <> ALL ($4::text[])
      UNION ALL
      SELECT s FROM regexp_split_to_table(v.value, ' ') s WHERE f.field = ANY ($4::text[])) w) t
  WHERE r.workspace_id = $1 AND r.noun = $2 AND ($6::int = 1 OR uuid_hash(r.record_id) % $6::int = 0)
  GROUP BY t.field, t.value HAVING count(*) > 2) x
WHERE x.rank <= $5
