-- What: companies as they are compared; those of private persons and archived ones are left out. Cost: three probes a company. Index: primary keys.
SELECT c.id, c.name, c.phone, c.street, c.postal_code, c.city, c.country,
  ARRAY(SELECT d.domain FROM company_domains d WHERE d.workspace_id = $1 AND d.company_id = c.id) AS domains,
  ARRAY(SELECT a.name FROM company_aliases a WHERE a.workspace_id = $1 AND a.company_id = c.id) AS aliases
FROM companies c
WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) AND c.kind = 'COMPANY' AND c.archived_at IS NULL
