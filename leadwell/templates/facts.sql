-- What: what a template may say about people. Cost: a few index probes a person. Index: primary keys, leads_person.
SELECT p.id AS person_id, p.name AS person_name, p.email AS address, p.first_name, p.last_name, p.prefix, p.phone, p.title, p.department, p.seniority,
  p.language, p.time_zone, p.city, p.region, p.country,
  l.title AS lead_title, coalesce(c.name, l.company_name) AS company_name, l.company_name AS lead_company_name, l.need, l.interest,
  n.title AS contact_title,
  c.domain AS company_domain, coalesce(c.industry, l.industry) AS industry, c.website AS company_website, c.city AS company_city,
  c.country AS company_country, c.employees AS company_employees, u.name AS owner_name, u.email AS owner_email,
  w.name AS workspace_name, NULL AS sender_name, NULL AS sender_address, NULL AS topic_name,
  jsonb_build_object('person', lw_custom($1, p.id), 'lead', lw_custom($1, l.id), 'contact', lw_custom($1, n.id), 'company', lw_custom($1, c.id)) AS custom
FROM people p
CROSS JOIN lw_workspace($1) w
LEFT JOIN LATERAL (
  SELECT x.id, x.title, x.company_name, x.need, x.interest, x.industry, x.company_id, x.owner_id FROM leads x
  WHERE x.workspace_id = $1 AND x.person_id = p.id ORDER BY (x.state = 'OPEN') DESC, x.created_at DESC LIMIT 1
) l ON true
LEFT JOIN contacts n ON n.workspace_id = $1 AND n.person_id = p.id AND n.archived_at IS NULL
LEFT JOIN companies c ON c.workspace_id = $1 AND c.id = CASE WHEN n.company_id IS NULL THEN l.company_id ELSE n.company_id END
LEFT JOIN users u ON u.workspace_id = $1 AND u.id = CASE WHEN n.owner_id IS NULL THEN l.owner_id ELSE n.owner_id END
WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[])
