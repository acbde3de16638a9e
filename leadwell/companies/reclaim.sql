-- What: companies $2 that come back take their keys again: their domains and their name keys $3, as far as nobody has them; of two the one with the lower
-- id. Cost: one row a key. Index: company_keys_pkey, company_domains_company.
WITH claimed AS (
  INSERT INTO company_keys (workspace_id, kind, key, company_id, created_at)
  SELECT $1, w.kind, w.key, w.company_id, $4 FROM (
    SELECT 'DOMAIN' AS kind, d.domain AS key, d.company_id FROM company_domains d WHERE d.workspace_id = $1 AND d.company_id = ANY($2::uuid[])
    UNION ALL SELECT 'NAME', n.key, n.id FROM unnest($2::uuid[], $3::text[]) AS n (id, key) WHERE n.key IS NOT NULL
  ) w ORDER BY w.kind, w.key, w.company_id ON CONFLICT DO NOTHING RETURNING kind, key, company_id
)
UPDATE company_domains d SET match_primary = true FROM claimed x
WHERE d.workspace_id = $1 AND d.company_id = x.company_id AND x.kind = 'DOMAIN' AND d.domain = x.key
