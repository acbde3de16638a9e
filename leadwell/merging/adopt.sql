-- What: subsidiaries of $2 become those of $3; then merge, step and half an id. Those merged themselves stay as they are. Cost: one row a subsidiary.
-- Index: none on parents; a few rows in a scan of the workspace's companies.
WITH met AS MATERIALIZED (
  SELECT t.id, t.parent_id AS owner_ FROM companies t
  WHERE t.workspace_id = $1 AND t.parent_id = ANY($2::uuid[]) AND t.id <> $3 AND NOT (t.id = ANY($2::uuid[]))
), moved AS (
  UPDATE companies t SET parent_id = $3, version = t.version + 1, updated_at = (SELECT lw_clock($1)) FROM met m
  WHERE t.workspace_id = $1 AND t.id = m.id AND t.parent_id = m.owner_ RETURNING m.*
)
INSERT INTO merge_rows (workspace_id, id, merge_id, step, action, table_name, keys, before, after)
SELECT $1, ($6 || substr(gen_random_uuid()::text, 16))::uuid, $4::uuid, $5::int, 'MOVED', 'companies', jsonb_build_array(jsonb_build_object('id', x.id)),
  jsonb_build_object('parent_id', x.owner_), jsonb_build_object('parent_id', $3::uuid) FROM moved x
RETURNING jsonb_array_length(keys) AS n
