-- What: inserts new people with their addresses, numbers and outside ids in one statement. Cost: one row each. Index: none read.
WITH person AS (
  INSERT INTO people (workspace_id, id, kind, email, phone, name, prefix, first_name, middle_name, last_name, suffix, title, language, time_zone, country,
    region, city, postal_code, street, last_activity_at, created_at, updated_at)
  SELECT $1, p.id, p.kind, p.email, p.phone, p.name, p.prefix, p.first_name, p.middle_name, p.last_name, p.suffix, p.title, p.language, p.time_zone,
    p.country, p.region, p.city, p.postal_code, p.street, p.last_activity_at, $6, $6
  FROM jsonb_to_recordset($2::jsonb) AS p (id uuid, kind text, email text, phone text, name text, prefix text, first_name text, middle_name text,
    last_name text, suffix text, title text, language text, time_zone text, country text, region text, city text, postal_code text, street text,
    last_activity_at timestamptz)
), address AS (
  INSERT INTO person_emails (workspace_id, id, person_id, address, normalized, match_key, domain, is_primary, is_shared, created_at)
  SELECT $1, e.id, e.person_id, e.address, e.normalized, e.match_key, e.domain, e.is_primary, e.is_shared, $6
  FROM jsonb_to_recordset($3::jsonb) AS e (id uuid, person_id uuid, address text, normalized text, match_key text, domain text, is_primary boolean,
    is_shared boolean)
  ON CONFLICT (workspace_id, person_id, normalized) DO NOTHING
), number AS (
  INSERT INTO person_phones (workspace_id, id, person_id, raw, e164, region, type, label, is_primary, is_valid, created_at)
  SELECT $1, f.id, f.person_id, f.raw, f.e164, f.region, f.type, f.label, f.is_primary, f.is_valid, $6
  FROM jsonb_to_recordset($4::jsonb) AS f (id uuid, person_id uuid, raw text, e164 text, region text, type text, label text, is_primary boolean,
    is_valid boolean)
  ON CONFLICT (workspace_id, person_id, raw) DO NOTHING
)
INSERT INTO external_ids (workspace_id, noun, source, external_id, record_id, created_at)
SELECT $1, 'Person', x.source, x.external_id, x.record_id, $6
FROM jsonb_to_recordset($5::jsonb) AS x (source text, external_id text, record_id uuid)
ORDER BY x.source, x.external_id
ON CONFLICT (workspace_id, noun, source, external_id) DO NOTHING
