-- What: fills empty fields of known people. Cost: one update a person. Index: primary key of people.
UPDATE people p SET
  email = coalesce(p.email, x.email), phone = coalesce(p.phone, x.phone), name = coalesce(p.name, x.name), prefix = coalesce(p.prefix, x.prefix),
  first_name = coalesce(p.first_name, x.first_name), middle_name = coalesce(p.middle_name, x.middle_name),
  last_name = coalesce(p.last_name, x.last_name), suffix = coalesce(p.suffix, x.suffix), title = coalesce(p.title, x.title),
  language = coalesce(p.language, x.language), time_zone = coalesce(p.time_zone, x.time_zone), country = coalesce(p.country, x.country),
  region = coalesce(p.region, x.region), city = coalesce(p.city, x.city), postal_code = coalesce(p.postal_code, x.postal_code),
  street = coalesce(p.street, x.street), version = p.version + 1, updated_at = $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, email text, phone text, name text, prefix text, first_name text, middle_name text, last_name text,
  suffix text, title text, language text, time_zone text, country text, region text, city text, postal_code text, street text)
WHERE p.workspace_id = $1 AND p.id = x.id
