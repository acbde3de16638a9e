-- What: gives the rows of one step their old values back where the new ones still stand. {{…}} is filled in by undoing.py; $2 merge, $3 step,
-- $4 action; answers how many it could not, with the first keys of them. Cost: one probe a row. Index: merge_rows_merge, the table's key.
WITH m AS MATERIALIZED (
  SELECT r.id AS row_, e.at AS at_, e.key AS key_, {{told}} FROM merge_rows r
  CROSS JOIN LATERAL jsonb_array_elements(r.keys) WITH ORDINALITY AS e (key, at)
  CROSS JOIN LATERAL jsonb_populate_record(NULL::{{table}}, e.key) k
  CROSS JOIN LATERAL jsonb_populate_record(NULL::{{table}}, coalesce(r.after, '{}')) a
  CROSS JOIN LATERAL jsonb_populate_record(NULL::{{table}}, r.before) b
  WHERE r.workspace_id = $1 AND r.merge_id = $2 AND r.step = $3 AND r.action = $4
), done AS (
  UPDATE {{table}} t SET {{sets}} FROM m WHERE t.workspace_id = $1 AND {{same}} RETURNING m.row_, m.at_
)
SELECT m.key_ AS key, count(*) OVER () AS n FROM m WHERE (m.row_, m.at_) NOT IN (SELECT d.row_, d.at_ FROM done d) LIMIT 100
