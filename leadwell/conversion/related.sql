-- What: other open leads at a company: confirmed or suggested to be of it, or naming it. Cost: at most 50 rows. Index: leads_company, leads_search.
SELECT l.id, l.company_name, l.company_id IS NOT NULL AS there FROM leads l
WHERE l.workspace_id = $1 AND l.state = 'OPEN' AND l.id <> $2 AND l.company_id = $3
UNION
SELECT l.id, l.company_name, l.company_id IS NOT NULL AS there FROM leads l
WHERE l.workspace_id = $1 AND l.state = 'OPEN' AND l.id <> $2 AND l.company_id IS NULL AND $4::text IS NOT NULL AND l.search_open LIKE '%' || lw_fold($4) || '%'
ORDER BY id LIMIT 200
