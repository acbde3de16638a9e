-- What: fills empty fields of open leads. Cost: one update a lead. Index: primary key of leads.
UPDATE leads l SET
  title = coalesce(l.title, x.title), company_name = coalesce(l.company_name, x.company_name),
  company_website = coalesce(l.company_website, x.company_website), industry = coalesce(l.industry, x.industry),
  employees = coalesce(l.employees, x.employees), need = coalesce(l.need, x.need), budget_minor = coalesce(l.budget_minor, x.budget_minor),
  currency = coalesce(l.currency, x.currency), interest = coalesce(l.interest, x.interest), product_id = coalesce(l.product_id, x.product_id),
  referred_by_id = coalesce(l.referred_by_id, x.referred_by_id), source_id = coalesce(l.source_id, x.source_id),
  campaign_id = coalesce(l.campaign_id, x.campaign_id), owner_id = coalesce(l.owner_id, x.owner_id), version = l.version + 1, updated_at = $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, title text, company_name text, company_website text, industry text, employees int, need text,
  budget_minor bigint, currency text, interest text, product_id uuid, referred_by_id uuid, source_id uuid, campaign_id uuid, owner_id uuid)
WHERE l.workspace_id = $1 AND l.id = x.id AND l.state = 'OPEN'
