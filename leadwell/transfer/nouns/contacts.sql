-- What: contacts with what their people say, both locked, people first. Cost: two rows each. Index: primary keys.
SELECT c.id, c.version, c.person_id, c.type, c.owner_id, c.title, c.source_id, c.company_id, p.name, p.prefix, p.first_name, p.middle_name, p.last_name, p.suffix,
  p.email, p.language, p.country, p.region, p.city, p.postal_code, p.street,
  ARRAY(SELECT l.company_id FROM contact_companies l WHERE l.workspace_id = $1 AND l.contact_id = c.id) AS company_links
FROM people p JOIN contacts c ON c.workspace_id = $1 AND c.person_id = p.id
WHERE p.workspace_id = $1 AND c.id = ANY($2::uuid[])
ORDER BY p.id FOR NO KEY UPDATE OF p, c
