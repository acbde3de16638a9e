-- What: frees the domains of companies. Cost: one range each. Index: company_domains_company.
DELETE FROM company_domains d WHERE d.workspace_id = $1 AND d.company_id = ANY($2::uuid[])
