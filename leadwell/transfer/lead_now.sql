-- What: a lead with what its person says. Cost: two probes. Index: primary keys.
SELECT l.*, p.name, p.prefix, p.first_name, p.middle_name, p.last_name, p.suffix, p.email, p.language, p.time_zone, p.country, p.region, p.city,
  p.postal_code, p.street
FROM leads l JOIN people p ON p.workspace_id = $1 AND p.id = l.person_id WHERE l.workspace_id = $1 AND l.id = $2 AND l.archived_at IS NULL
