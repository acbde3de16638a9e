-- What: the survivor ($3) is known by the names of the losers ($2) too; then merge, step and half an id. Cost: one row a loser.
-- Index: company_aliases unique.
WITH made AS (
  INSERT INTO company_aliases (workspace_id, id, company_id, name, name_key, created_at)
  SELECT $1, gen_random_uuid(), $3, c.name, c.name_key, (SELECT m.at FROM merges m WHERE m.workspace_id = $1 AND m.id = $4) FROM companies c
  JOIN companies s ON s.workspace_id = $1 AND s.id = $3
  WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) AND c.name_key <> s.name_key AND c.kind = 'COMPANY'
  ON CONFLICT DO NOTHING RETURNING id, company_id
)
INSERT INTO merge_rows (workspace_id, id, merge_id, step, action, table_name, keys, before, after)
SELECT $1, ($6 || substr(gen_random_uuid()::text, 16))::uuid, $4::uuid, $5::int, 'ADDED', 'company_aliases', jsonb_build_array(jsonb_build_object('id', x.id)), NULL,
  jsonb_build_object('company_id', x.company_id) FROM made x
RETURNING jsonb_array_length(keys) AS n
