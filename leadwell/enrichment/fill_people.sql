-- What: fills fields of people; a field that is not named keeps its value. Cost: one row a person. Index: primary key of people.
UPDATE people p
SET name = coalesce(x.name, p.name), prefix = coalesce(x.prefix, p.prefix), first_name = coalesce(x.first_name, p.first_name),
  middle_name = coalesce(x.middle_name, p.middle_name), last_name = coalesce(x.last_name, p.last_name), suffix = coalesce(x.suffix, p.suffix),
  phone = coalesce(x.phone, p.phone), title = coalesce(x.title, p.title), department = coalesce(x.department, p.department), seniority = coalesce(x.seniority, p.seniority),
  time_zone = coalesce(x.time_zone, p.time_zone), country = coalesce(x.country, p.country),
  language = coalesce(x.language, p.language), region = coalesce(x.region, p.region), city = coalesce(x.city, p.city),
  postal_code = coalesce(x.postal_code, p.postal_code), street = coalesce(x.street, p.street),
  version = p.version + 1, updated_at = $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, name text, prefix text, first_name text, middle_name text, last_name text, suffix text,
  phone text, title text, department text, seniority text, time_zone text, country text, language text, region text, city text, postal_code text, street text)
WHERE p.workspace_id = $1 AND p.id = x.id
RETURNING p.id, p.version
