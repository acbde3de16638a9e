-- What: claims keys for companies that may be made; a key that another transaction is claiming is waited for. Cost: one row a key. Index: company_keys_pkey.
-- Order by kind and key, so that two transactions never wait for each other.
INSERT INTO company_keys (workspace_id, kind, key, company_id, created_at)
SELECT $1, k.kind, k.key, k.company_id, $5
FROM unnest($2::text[], $3::text[], $4::uuid[]) AS k (kind, key, company_id)
ORDER BY k.kind, k.key
ON CONFLICT DO NOTHING
