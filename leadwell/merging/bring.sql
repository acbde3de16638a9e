-- What: rows that a step removed come back, unless others have taken their place. Parameters and answer as in back.sql. Cost: one row each.
-- Index: merge_rows_merge, the table's key.
WITH m AS MATERIALIZED (
  SELECT r.id AS row_, r.keys -> 0 AS key_, {{told}} FROM merge_rows r CROSS JOIN LATERAL jsonb_populate_record(NULL::{{table}}, r.before) b
  WHERE r.workspace_id = $1 AND r.merge_id = $2 AND r.step = $3 AND r.action = $4
), made AS (
  INSERT INTO {{table}} (workspace_id, {{columns}}) SELECT $1, {{values}} FROM m ON CONFLICT DO NOTHING RETURNING {{key}}
)
SELECT m.key_ AS key, count(*) OVER () AS n FROM m WHERE ({{mine}}) NOT IN (SELECT {{made}} FROM made) LIMIT 100
