-- What: leads with what their people say. Cost: two probes each. Index: primary keys.
SELECT l.id, l.person_id, l.title, l.company_name, l.company_website, l.industry, l.employees, l.need, l.interest, l.budget_minor, l.currency,
  p.name, p.prefix, p.first_name, p.middle_name, p.last_name, p.suffix, p.email, p.language, p.time_zone, p.country, p.region, p.city, p.postal_code, p.street
FROM leads l JOIN people p ON p.workspace_id = $1 AND p.id = l.person_id
WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[])
