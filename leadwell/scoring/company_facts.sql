-- What: what rules may ask of companies. Cost: a probe each. Index: companies_pkey.
SELECT c.id AS "c.id", c.name AS "c.name", c.country AS "c.country", c.industry AS "c.industry", c.employees AS "c.employees"
FROM companies c WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) AND c.archived_at IS NULL
