-- What: rows that a step added go, where they still are as it made them. Parameters and answer as in back.sql. Cost: one row each. Index: the table's key.
WITH m AS MATERIALIZED (
  SELECT r.id AS row_, e.at AS at_, e.key AS key_, {{told}} FROM merge_rows r
  CROSS JOIN LATERAL jsonb_array_elements(r.keys) WITH ORDINALITY AS e (key, at)
  CROSS JOIN LATERAL jsonb_populate_record(NULL::{{table}}, e.key) k
  CROSS JOIN LATERAL jsonb_populate_record(NULL::{{table}}, coalesce(r.after, '{}')) a
  WHERE r.workspace_id = $1 AND r.merge_id = $2 AND r.step = $3 AND r.action = $4
), done AS (
  DELETE FROM {{table}} t USING m WHERE t.workspace_id = $1 AND {{same}} RETURNING m.row_, m.at_
)
SELECT m.key_ AS key, count(*) OVER () AS n FROM m WHERE (m.row_, m.at_) NOT IN (SELECT d.row_, d.at_ FROM done d) LIMIT 100
