-- What: domains that no longer lead to the companies $2 lead to whoever else has them longest; $3 NULL: all they have. Cost: one probe a domain.
-- Index: company_domains_pkey, company_keys_pkey.
WITH heirs AS (
  SELECT DISTINCT ON (o.domain) o.domain, o.company_id
  FROM company_domains o JOIN companies c ON c.workspace_id = $1 AND c.id = o.company_id AND c.archived_at IS NULL
  WHERE o.workspace_id = $1 AND o.company_id <> ALL($2::uuid[])
    AND (o.domain = $3 OR ($3::text IS NULL AND o.domain IN (
      SELECT d.domain FROM company_domains d WHERE d.workspace_id = $1 AND d.company_id = ANY($2::uuid[]))))
  ORDER BY o.domain, o.created_at, o.company_id
), claimed AS (
  INSERT INTO company_keys (workspace_id, kind, key, company_id, created_at)
  SELECT $1, 'DOMAIN', h.domain, h.company_id, $4 FROM heirs h ORDER BY h.domain ON CONFLICT DO NOTHING RETURNING key, company_id
)
UPDATE company_domains d SET match_primary = true FROM claimed x WHERE d.workspace_id = $1 AND d.domain = x.key AND d.company_id = x.company_id
