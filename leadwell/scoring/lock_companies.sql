-- What: locks companies in one order before they are scored, so that of two who score one the second knows what the first wrote.
-- Cost: a probe each. Index: companies_pkey.
SELECT c.id FROM companies c WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) ORDER BY c.id FOR NO KEY UPDATE
