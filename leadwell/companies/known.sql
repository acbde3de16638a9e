-- What: the companies behind keys; a key just claimed for a company not yet made has no name. Cost: one probe a key. Index: company_keys_pkey, companies_pkey.
SELECT k.kind, k.key, k.company_id AS id, c.name, c.domain
FROM company_keys k LEFT JOIN companies c ON c.workspace_id = $1 AND c.id = k.company_id
WHERE k.workspace_id = $1 AND (k.kind, k.key) IN (SELECT w.kind, w.key FROM unnest($2::text[], $3::text[]) AS w (kind, key))
