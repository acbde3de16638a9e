-- What: gives companies the domains whose keys were claimed for them. The caller holds the companies. Cost: two rows each.
-- Index: primary keys.
WITH given AS MATERIALIZED (
  SELECT g.id, g.domain FROM unnest($2::uuid[], $3::text[]) AS g (id, domain)
), domain AS (
  INSERT INTO company_domains (workspace_id, domain, company_id, match_primary, created_at)
  SELECT $1, g.domain, g.id, true, $4 FROM given g ON CONFLICT (workspace_id, domain, company_id) DO NOTHING
)
UPDATE companies c SET domain = g.domain, version = c.version + 1, updated_at = $4 FROM given g
WHERE c.workspace_id = $1 AND c.id = g.id RETURNING c.id, c.domain, c.version
