-- What: locks people in id order, so that two batches never wait for each other in a circle. Cost: one row a person. Index: primary key of people.
SELECT p.id, p.merged_into, p.kind, p.version, p.email, p.phone, p.name, p.prefix, p.first_name, p.middle_name, p.last_name, p.suffix, p.title,
  p.language, p.time_zone, p.country, p.region, p.city, p.postal_code, p.street
FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[])
ORDER BY p.id FOR NO KEY UPDATE
