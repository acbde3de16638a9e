-- What: The company $3 is the primary one of $2; then merge, step and half an id. Cost: one row. Index: contact_companies_primary.
WITH changed AS (
  UPDATE contact_companies t SET is_primary = true WHERE t.workspace_id = $1 AND t.contact_id = $2 AND NOT t.is_primary AND t.id = (SELECT o.id FROM contact_companies o WHERE o.workspace_id = $1 AND o.contact_id = $2 AND o.company_id = $3::uuid ORDER BY o.is_primary DESC, o.created_at, o.id LIMIT 1)
  RETURNING t.id
)
INSERT INTO merge_rows (workspace_id, id, merge_id, step, action, table_name, keys, before, after)
SELECT $1, ($6 || substr(gen_random_uuid()::text, 16))::uuid, $4::uuid, $5::int, 'CHANGED', 'contact_companies', jsonb_build_array(jsonb_build_object('id', x.id)),
  jsonb_build_object('is_primary', false), jsonb_build_object('is_primary', true) FROM changed x
RETURNING jsonb_array_length(keys) AS n
