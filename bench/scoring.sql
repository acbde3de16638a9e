-- What: people with an address and a lead each, a company for every tenth, five activities over 200 days. :n people, :ms milliseconds, $1 workspace.
CREATE TEMP TABLE who AS
SELECT i, random() AS a, random() AS b,
  (lpad(to_hex(:ms + i / 10), 12, '0') || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid AS id
FROM generate_series(1, :n) i;
ALTER TABLE who ADD PRIMARY KEY (i);
CREATE TEMP TABLE firms AS SELECT i, gen_random_uuid() AS id FROM generate_series(1, :n / 10) i;
ANALYZE who;
INSERT INTO companies (workspace_id, id, name, name_key, industry, employees, created_at, updated_at)
SELECT $1, f.id, 'Company ' || f.i, 'company ' || f.i, (ARRAY['Software', 'Finance', 'Retail'])[1 + f.i % 3], (random() ^ 3 * 1000)::int, :now, :now FROM firms f;
INSERT INTO people (workspace_id, id, name, phone, seniority, department, country, created_at, updated_at)
SELECT $1, w.id, 'Person ' || w.i, CASE WHEN w.a < 0.5 THEN '+4930' || w.i END,
  (ARRAY['OWNER', 'C_LEVEL', 'VP', 'DIRECTOR', 'MANAGER', 'SENIOR'])[1 + (w.a * 12)::int],
  (ARRAY['SALES', 'MARKETING', 'ENGINEERING', 'IT', 'FINANCE'])[1 + (w.b * 7)::int], 'DE', :now, :now FROM who w;
INSERT INTO person_emails (workspace_id, id, person_id, address, normalized, match_key, domain, class, is_primary, created_at)
SELECT $1, gen_random_uuid(), w.id, w.i || '@a.example', w.i || '@a.example', w.i || '@a.example', 'a.example',
  CASE WHEN w.b < 0.6 THEN 'BUSINESS' ELSE 'FREE' END, true, :now FROM who w;
INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, source_id, company_name, company_id, status_since, created_at, updated_at)
SELECT $1, gen_random_uuid(), w.id, t.pipeline_id, t.id, s.id, 'Company', f.id, :now, :now, :now
FROM who w
JOIN lead_statuses t ON t.workspace_id = $1 AND t.type = 'NEW'
LEFT JOIN (SELECT x.id, row_number() OVER () AS k FROM sources x WHERE x.workspace_id = $1) s ON s.k = 1 + w.i % 15
LEFT JOIN firms f ON f.i = 1 + w.i % (:n / 5);
CREATE TEMP TABLE felt AS
SELECT 1 + (random() * (:n - 1))::int AS who, :now - random() ^ 2 * interval '200 days' AS at,
  (lpad(to_hex(:ms + i / 10), 12, '0') || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid AS id,
  (ARRAY['PAGE_VIEW', 'OPEN', 'OPEN', 'CLICK', 'EMAIL', 'CALL', 'FORM', 'MEETING'])[1 + (random() ^ 2 * 7.99)::int % 8] AS kind
FROM generate_series(1, :n * 5) i;
INSERT INTO activities (workspace_id, id, kind, at, direction, created_at) SELECT $1, f.id, f.kind, f.at, 'INBOUND', :now FROM felt f;
INSERT INTO activity_participants (workspace_id, activity_id, person_id, kind, at)
SELECT $1, f.id, w.id, f.kind, f.at FROM felt f JOIN who w ON w.i = f.who;
DROP TABLE who;
DROP TABLE firms;
DROP TABLE felt;
