-- What: locks companies that are to have a domain, and answers those that have none yet. Cost: a probe each. Index: primary key of companies.
SELECT c.id FROM companies c WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) AND c.domain IS NULL AND c.archived_at IS NULL
ORDER BY c.id FOR NO KEY UPDATE
