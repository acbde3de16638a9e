-- What: makes companies with their matching domains. Cost: one or two rows each. Index: none read.
WITH given AS (
  SELECT * FROM jsonb_to_recordset($2::jsonb) AS g (
    id uuid, kind text, name text, name_key text, domain text, match_primary boolean, website text, industry text, employees int, revenue_minor bigint,
    currency text, phone text, country text, region text, city text, postal_code text, street text, parent_id uuid, owner_id uuid, last_activity_at timestamptz)
), made AS (
  INSERT INTO companies (workspace_id, id, kind, name, name_key, domain, website, industry, employees, revenue_minor, currency, phone, country, region, city,
    postal_code, street, parent_id, owner_id, last_activity_at, created_at, updated_at)
  SELECT $1, g.id, g.kind, g.name, g.name_key, g.domain, g.website, g.industry, g.employees, g.revenue_minor, g.currency, g.phone, g.country, g.region, g.city,
    g.postal_code, g.street, g.parent_id, g.owner_id, g.last_activity_at, $3, $3
  FROM given g
)
INSERT INTO company_domains (workspace_id, domain, company_id, match_primary, created_at)
SELECT $1, g.domain, g.id, g.match_primary, $3 FROM given g WHERE g.domain IS NOT NULL
