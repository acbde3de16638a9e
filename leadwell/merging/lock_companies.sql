-- What: the companies to be merged, locked against whoever is about to point at one of them. Cost: one row a company. Index: companies_pkey.
SELECT c.* FROM companies c WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) ORDER BY c.id FOR UPDATE
