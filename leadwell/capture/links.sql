-- What: which of the sources, campaigns, owners and lead pipelines given by id exist. Cost: one probe each. Index: their primary keys.
SELECT s.id FROM sources s WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[])
UNION ALL
SELECT c.id FROM campaigns c WHERE c.workspace_id = $1 AND c.id = ANY($3::uuid[])
UNION ALL
SELECT u.id FROM users u WHERE u.workspace_id = $1 AND u.id = ANY($4::uuid[])
UNION ALL
SELECT p.id FROM pipelines p WHERE p.workspace_id = $1 AND p.id = ANY($5::uuid[]) AND p.kind = 'LEAD'
