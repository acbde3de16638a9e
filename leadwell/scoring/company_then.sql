-- What: the company and source that facts are read from. Cost: two probes. Index: companies_pkey, sources_pkey.
SELECT c.name AS "c.name", c.country AS "c.country", c.industry AS "c.industry", c.employees AS "c.employees", s.channel AS "s.channel"
FROM (VALUES (1)) AS one (row)
LEFT JOIN companies c ON c.workspace_id = $1 AND c.id = $2
LEFT JOIN sources s ON s.workspace_id = $1 AND s.id = $3
