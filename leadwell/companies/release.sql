-- What: takes from companies the key of a domain, or ($3 NULL) all they are matched by. Cost: their keys and domains.
-- Index: company_keys_company, company_domains_company.
WITH keys AS (
  DELETE FROM company_keys k WHERE k.workspace_id = $1 AND k.company_id = ANY($2::uuid[]) AND ($3::text IS NULL OR (k.kind = 'DOMAIN' AND k.key = $3))
)
UPDATE company_domains d SET match_primary = false
WHERE d.workspace_id = $1 AND d.company_id = ANY($2::uuid[]) AND d.match_primary AND ($3::text IS NULL OR d.domain = $3)
