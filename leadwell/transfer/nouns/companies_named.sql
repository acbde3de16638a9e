-- What: companies by name, where just one has it. Cost: one range a name. Index: companies_name_key.
SELECT c.name_key, min(c.id::text)::uuid AS id FROM companies c
WHERE c.workspace_id = $1 AND c.name_key = ANY($2::text[]) AND c.archived_at IS NULL AND c.kind = 'COMPANY'
GROUP BY c.name_key HAVING count(*) = 1
