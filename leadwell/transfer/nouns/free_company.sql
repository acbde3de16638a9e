-- What: frees the keys of companies. Cost: one range each. Index: company_keys_company.
DELETE FROM company_keys k WHERE k.workspace_id = $1 AND k.company_id = ANY($2::uuid[])
