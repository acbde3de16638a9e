-- What: a company that comes back takes its keys again: its domains and its name key $3, as far as nobody has them. Cost: one row a key.
-- Index: company_keys_pkey, company_domains_company.
WITH claimed AS (
  INSERT INTO company_keys (workspace_id, kind, key, company_id, created_at)
  SELECT $1, w.kind, w.key, $2, $4 FROM (
    SELECT 'DOMAIN' AS kind, d.domain AS key FROM company_domains d WHERE d.workspace_id = $1 AND d.company_id = $2
    UNION ALL SELECT 'NAME', $3 WHERE $3::text IS NOT NULL
  ) w ORDER BY w.kind, w.key ON CONFLICT DO NOTHING RETURNING kind, key
)
UPDATE company_domains d SET match_primary = true FROM claimed x
WHERE d.workspace_id = $1 AND d.company_id = $2 AND x.kind = 'DOMAIN' AND d.domain = x.key
