-- What: locks the person, then the lead, and reads both as they are once held. Cost: two rows. Index: primary keys.
-- No row: unknown, sealed (the update policy hides it), or repointed to another person while we waited.
SELECT l.id, l.person_id, l.pipeline_id, l.state, l.version, l.owner_id, l.source_id, l.campaign_id, l.product_id, l.company_id,
  l.company_match ->> 'state' AS company_state, l.company_name, l.company_website, l.industry, l.employees, l.title, l.interest, l.budget_minor, l.currency,
  l.last_activity_at,
  jsonb_build_object('name', p.name, 'prefix', p.prefix, 'first_name', p.first_name, 'middle_name', p.middle_name, 'last_name', p.last_name,
    'suffix', p.suffix, 'email', p.email, 'phone', p.phone, 'title', p.title, 'department', p.department, 'seniority', p.seniority,
    'language', p.language, 'time_zone', p.time_zone, 'country', p.country, 'region', p.region, 'city', p.city, 'postal_code', p.postal_code,
    'street', p.street) AS person
FROM people p JOIN leads l ON l.workspace_id = $1 AND l.id = $2 AND l.person_id = p.id
WHERE p.workspace_id = $1 AND p.id = (SELECT x.person_id FROM leads x WHERE x.workspace_id = $1 AND x.id = $2)
FOR NO KEY UPDATE OF p, l
