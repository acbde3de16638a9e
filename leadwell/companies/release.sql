-- What: takes from a company the key of a domain, or ($3 NULL) all it is matched by. Cost: its keys and domains.
-- Index: company_keys_company, company_domains_company.
WITH keys AS (
  DELETE FROM company_keys k WHERE k.workspace_id = $1 AND k.company_id = $2 AND ($3::text IS NULL OR (k.kind = 'DOMAIN' AND k.key = $3))
)
UPDATE company_domains d SET match_primary = false
WHERE d.workspace_id = $1 AND d.company_id = $2 AND d.match_primary AND ($3::text IS NULL OR d.domain = $3)
