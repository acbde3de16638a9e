-- What: takes the name keys $3 from companies $2 that have them, and gives them the keys $4 as far as nobody has those; of two that want one the company
-- with the lower id has it. Cost: two rows a company. Index: company_keys_pkey. Order by key, so that two transactions never wait for each other.
WITH gone AS (
  DELETE FROM company_keys k USING unnest($2::uuid[], $3::text[]) AS o (id, key)
  WHERE k.workspace_id = $1 AND k.kind = 'NAME' AND k.key = o.key AND k.company_id = o.id RETURNING k.key
)
INSERT INTO company_keys (workspace_id, kind, key, company_id, created_at)
SELECT $1, 'NAME', n.key, n.id, $5 FROM unnest($2::uuid[], $4::text[]) AS n (id, key), (SELECT count(*) FROM gone) AS done
ORDER BY n.key, n.id ON CONFLICT DO NOTHING
