-- What: a converted lead with its person and what it became, read once the person is locked: whoever amends or merges holds it. Cost: four rows.
-- Index: primary keys. No `conversion_id`: it is not converted.
SELECT l.id, l.person_id, l.pipeline_id, l.state, l.version, l.owner_id, l.source_id, l.campaign_id, l.product_id, l.company_id,
  l.company_match ->> 'state' AS company_state, l.company_name, l.company_website, l.industry, l.employees, l.title, l.interest, l.budget_minor, l.currency,
  l.last_activity_at, to_jsonb(p) AS person, lw_clock($1) AS now,
  v.id AS conversion_id, v.contact_id, v.deal_id, c.id AS became_id, c.name AS became_name, c.kind AS became_kind
FROM people p JOIN leads l ON l.workspace_id = $1 AND l.id = $2 AND l.person_id = p.id
LEFT JOIN conversions v ON v.workspace_id = $1 AND v.lead_id = l.id
LEFT JOIN companies c ON c.workspace_id = $1 AND c.id = v.company_id
WHERE p.workspace_id = $1
