-- What: inserts new people. Cost: one row each. Index: none read.
INSERT INTO people (workspace_id, id, kind, email, phone, name, prefix, first_name, middle_name, last_name, suffix, title, language, time_zone, country,
  region, city, postal_code, street, last_activity_at, created_at, updated_at)
SELECT $1, p.id, p.kind, p.email, p.phone, p.name, p.prefix, p.first_name, p.middle_name, p.last_name, p.suffix, p.title, p.language, p.time_zone,
  p.country, p.region, p.city, p.postal_code, p.street, p.last_activity_at, $3, $3
FROM jsonb_to_recordset($2::jsonb) AS p (id uuid, kind text, email text, phone text, name text, prefix text, first_name text, middle_name text,
  last_name text, suffix text, title text, language text, time_zone text, country text, region text, city text, postal_code text, street text,
  last_activity_at timestamptz)
