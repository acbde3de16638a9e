-- What: takes keys that were free when last looked; one that somebody took meanwhile makes it fail, and the transaction starts again and finds that company.
-- Cost: one row a key. Index: company_keys_pkey. Order by kind and key, so that two transactions never wait for each other.
INSERT INTO company_keys (workspace_id, kind, key, company_id, created_at)
SELECT $1, k.kind, k.key, $4, $5 FROM unnest($2::text[], $3::text[]) AS k (kind, key) ORDER BY k.kind, k.key
