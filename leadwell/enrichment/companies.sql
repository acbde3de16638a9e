-- What: the companies of some domains and normalized names. Of several with one domain the one marked for matching; otherwise each of them.
-- Cost: one probe a key. Indexes: primary key of company_domains and companies; companies_name_key.
SELECT 'DOMAIN' AS by, d.domain AS key, c.id, c.name, c.country, d.match_primary AS chosen
 , c.website, c.industry, c.employees, c.phone, c.region, c.city, c.postal_code, c.street
FROM company_domains d
JOIN companies c ON c.workspace_id = $1 AND c.id = d.company_id AND c.archived_at IS NULL AND c.kind = 'COMPANY'
WHERE d.workspace_id = $1 AND d.domain = ANY($2::text[])
UNION ALL
SELECT 'NAME', c.name_key, c.id, c.name, c.country, false
 , c.website, c.industry, c.employees, c.phone, c.region, c.city, c.postal_code, c.street
FROM companies c
WHERE c.workspace_id = $1 AND c.name_key = ANY($3::text[]) AND c.archived_at IS NULL AND c.kind = 'COMPANY'
