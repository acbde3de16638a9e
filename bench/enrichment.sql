-- What: :n people as capture leaves them, each with an address, a number, an open lead and where the values came from; every tenth works at one of
-- 200 known companies.
INSERT INTO companies (workspace_id, id, name, name_key, domain, created_at, updated_at)
SELECT $1, gen_random_uuid(), 'Company ' || g, 'company ' || g, 'company' || g || '.example.com', :now, :now FROM generate_series(1, 200) g;
INSERT INTO company_domains (workspace_id, domain, company_id, match_primary, created_at)
SELECT $1, 'company' || substr(c.name, 9) || '.de', c.id, true, :now FROM companies c WHERE c.workspace_id = $1 AND c.name LIKE 'Company %';
CREATE TEMP TABLE bench_people ON COMMIT DROP AS
SELECT g, gen_random_uuid() AS id, (ARRAY['Ana', 'Bernd', 'Carla', 'David', 'Elif', 'Frank', 'Grace', 'Hugo'])[1 + g % 8] AS first,
  (ARRAY['Silva', 'Müller', 'Rossi', 'Smith', 'Yılmaz', 'Nguyen', 'García', 'Kowalski', 'Jensen'])[1 + g % 9] || chr(97 + g % 26) || chr(97 + g / 26 % 26) AS last,
  (ARRAY['VP Sales', 'Head of Marketing', 'CFO', 'Software Engineer', 'Leiter Einkauf', 'Office Manager', 'Data Scientist', 'Welder',
    'Directeur commercial', 'Customer Success Manager', 'HR Business Partner', 'Owner'])[1 + g % 12] || ' ' || g % 97 AS title
FROM generate_series(1, :n) g;
ALTER TABLE bench_people ADD email text, ADD phone text;
UPDATE bench_people SET phone = '+4930' || 1000000 + g, email = lower(first) || '.' || g || '@' ||
  CASE WHEN g % 10 = 0 THEN 'company' || 1 + g % 200 || '.de' WHEN g % 3 = 0 THEN 'gmail.com' ELSE 'firm' || g || '.com' END;
INSERT INTO people (workspace_id, id, name, email, phone, title, created_at, updated_at)
SELECT $1, b.id, b.first || ' ' || b.last, b.email, b.phone, b.title, :now, :now FROM bench_people b;
INSERT INTO person_emails (workspace_id, id, person_id, address, normalized, match_key, domain, is_primary, created_at)
SELECT $1, gen_random_uuid(), b.id, b.email, b.email, b.email, split_part(b.email, '@', 2), true, :now FROM bench_people b;
INSERT INTO person_phones (workspace_id, id, person_id, raw, e164, region, type, is_primary, created_at)
SELECT $1, gen_random_uuid(), b.id, '+49 30 ' || 1000000 + b.g, b.phone, 'DE', 'FIXED_LINE', true, :now FROM bench_people b;
INSERT INTO field_provenance (workspace_id, noun, record_id, field, value, source, at)
SELECT $1, 'Person', b.id, f.field, to_jsonb(f.value), 'FORM', :now
FROM bench_people b, LATERAL (VALUES ('name', b.first || ' ' || b.last), ('email', b.email), ('phone', b.phone), ('title', b.title)) AS f (field, value);
INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, status_since, company_name, created_at, updated_at)
SELECT $1, gen_random_uuid(), b.id, s.pipeline_id, s.id, :now, 'Company ' || b.g % 400, :now, :now
FROM bench_people b, lead_statuses s WHERE s.workspace_id = $1 AND s.type = 'NEW';
