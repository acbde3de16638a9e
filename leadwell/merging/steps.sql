-- What: the steps of a merge, last first, with the columns that each carries. Cost: the manifest once. Index: merge_rows_merge.
SELECT s.step, s.action, s.table_name, ARRAY(SELECT jsonb_object_keys(s.keys::jsonb -> 0)) AS key_columns,
  ARRAY(SELECT jsonb_object_keys(coalesce(s.before::jsonb, '{}'))) AS before_columns, ARRAY(SELECT jsonb_object_keys(coalesce(s.after::jsonb, '{}'))) AS after_columns
FROM (
  SELECT r.step, r.action, r.table_name, min(r.keys::text) AS keys, min(r.before::text) AS before, min(r.after::text) AS after
  FROM merge_rows r WHERE r.workspace_id = $1 AND r.merge_id = $2 GROUP BY r.step, r.action, r.table_name
) s ORDER BY s.step DESC, s.action
