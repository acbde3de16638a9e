-- What: fills fields of open leads. Cost: one row a lead. Index: primary key of leads.
UPDATE leads l
SET company_id = coalesce(x.company_id, l.company_id), company_match = coalesce(x.company_match, l.company_match),
  company_name = coalesce(x.company_name, l.company_name), company_website = coalesce(x.company_website, l.company_website),
  industry = coalesce(x.industry, l.industry), employees = coalesce(x.employees, l.employees),
  currency = coalesce(x.currency, l.currency), version = l.version + 1, updated_at = $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, company_id uuid, company_match jsonb, company_name text, company_website text, industry text,
  employees int, currency text)
WHERE l.workspace_id = $1 AND l.id = x.id AND l.state = 'OPEN'
RETURNING l.id, l.version, l.person_id
