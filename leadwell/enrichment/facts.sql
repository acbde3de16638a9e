-- What: everything providers are told about the people of a batch: their fields, addresses, numbers and open leads.
-- Cost: four index probes a person. Indexes: primary keys of people; person_emails and person_phones by person; leads_person.
SELECT p.id, p.name, p.prefix, p.first_name, p.middle_name, p.last_name, p.suffix, p.phone, p.title, p.department, p.seniority,
  p.time_zone, p.country, p.language, p.region, p.city, p.postal_code, p.street, (SELECT w.country FROM lw_workspace($1) w) AS home_country,
  coalesce(e.rows, '[]') AS emails, coalesce(n.rows, '[]') AS phones, coalesce(l.rows, '[]') AS leads
FROM people p
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object('id', m.id, 'address', m.address, 'domain', m.domain, 'is_primary', m.is_primary,
    'is_valid', m.is_valid, 'class', m.class) ORDER BY m.is_primary DESC, m.id) AS rows
  FROM person_emails m WHERE m.workspace_id = $1 AND m.person_id = p.id
) e ON true
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object('id', h.id, 'raw', h.raw, 'is_primary', h.is_primary, 'is_valid', h.is_valid,
    'e164', h.e164, 'region', h.region, 'type', h.type) ORDER BY h.is_primary DESC, h.id) AS rows
  FROM person_phones h WHERE h.workspace_id = $1 AND h.person_id = p.id
) n ON true
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object('id', d.id, 'title', d.title, 'company_name', d.company_name, 'company_website', d.company_website,
    'industry', d.industry, 'employees', d.employees, 'company_id', d.company_id, 'company_match', d.company_match, 'budget_minor', d.budget_minor, 'currency', d.currency) ORDER BY d.id DESC) AS rows
  FROM leads d WHERE d.workspace_id = $1 AND d.person_id = p.id AND d.state = 'OPEN'
) l ON true
WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[])
