-- What: :leads leads with person, address, key and score, :companies companies, :activities activities, in the workspaces of `place`, the first of
-- which has 80 % of the rows. Ids carry the time as uuid7 does. Cost: about 4 minutes for a million leads. Index: those that remain while it runs.
SELECT setseed(0.42);
SET LOCAL work_mem = '256MB';
CREATE FUNCTION pg_temp.id7(kind int, at timestamptz, i bigint) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8' || lpad(to_hex(i), 15, '0'))::uuid $$;
CREATE FUNCTION pg_temp.word(r float8) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT initcap((ARRAY['an','bel','cor','dan','el','fer','gar','hol','is','jon','kel','lar','mar','nor','ol','per','ros','san','tor','vin'])[1 + floor(r * 20)::int]
    || (ARRAY['a','be','ci','do','er','i','ko','li','ma','ne','o','pi','ra','so','ta','u','ve','wi','za','ye'])[1 + floor(r * 400)::int % 20]
    || (ARRAY['n','ski','son','ton','man','berg','ley','ez','ov','ini','er','field','wood','by','ler','sen','ard','elli','ox','ke'])[1 + floor(r * 8000)::int % 20]) $$;
CREATE FUNCTION pg_temp.one(of text[], r float8) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT of[1 + floor(r * array_length(of, 1))::int] $$;

CREATE TEMP TABLE place AS
SELECT row_number() OVER (ORDER BY w.slug)::int AS n, w.id, p.id AS pipeline_id, v.model_id, v.id AS version_id, r.id AS role_id,
  ARRAY(SELECT s.id FROM sources s WHERE s.workspace_id = w.id ORDER BY s.name) AS sources,
  (SELECT jsonb_object_agg(s.type, s.id) FROM lead_statuses s WHERE s.workspace_id = w.id AND s.pipeline_id = p.id) AS statuses
FROM workspaces w
JOIN pipelines p ON p.workspace_id = w.id AND p.kind = 'LEAD' AND p.is_default
JOIN scoring_versions v ON v.workspace_id = w.id AND v.state = 'LIVE'
JOIN roles r ON r.workspace_id = w.id AND r.code = 'SALES';
ALTER TABLE place ADD PRIMARY KEY (n);
CREATE FUNCTION pg_temp.shop(r float8) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN r < 0.8 THEN 1 ELSE 2 + floor((r - 0.8) * 5 * :small)::int END $$;

-- People who follow up: 200 in the large workspace, 20 in each other.
CREATE TEMP TABLE follower AS
SELECT p.n, i, pg_temp.id7(1, :now - interval '400 days', p.n * 1000 + i) AS id FROM place p, LATERAL generate_series(1, CASE WHEN p.n = 1 THEN 200 ELSE 20 END) i;
ALTER TABLE follower ADD PRIMARY KEY (n, i);
INSERT INTO users (workspace_id, id, name, email, role_id, created_at, updated_at)
SELECT p.id, f.id, pg_temp.word(random()) || ' ' || pg_temp.word(random()), 'user' || f.i || '@shop' || p.n || '.test', p.role_id, :now, :now
FROM follower f JOIN place p USING (n);

CREATE TEMP TABLE firm AS
SELECT i, n, row_number() OVER (PARTITION BY n ORDER BY i) AS k, pg_temp.id7(2, :now - 370 * (1 - i::float8 / :companies) * interval '1 day', i) AS id,
  pg_temp.word(a) AS word, a, b, c, d, :now - 370 * (1 - i::float8 / :companies) * interval '1 day' AS at
FROM (SELECT y.*, pg_temp.shop(r) AS n FROM (SELECT i, random() AS r, random() AS a, random() AS b, random() AS c, random() AS d
  FROM generate_series(1, :companies) i) y) x;
ALTER TABLE firm ADD PRIMARY KEY (n, k);
INSERT INTO companies (workspace_id, id, name, name_key, domain, industry, employees, country, created_at, updated_at)
SELECT p.id, f.id, f.word || ' ' || (ARRAY['Ltd','Inc','GmbH','SA','LLC'])[1 + f.i % 5], lower(f.word) || f.i, lower(f.word) || f.i || '.test',
  pg_temp.one(ARRAY['Software','Retail','Finance','Health','Energy','Media','Travel','Education'], f.b), (10 ^ (1 + f.c * 4))::int,
  pg_temp.one(ARRAY['US','DE','FR','GB','IN','BR','JP','ES'], f.d), f.at, f.at
FROM firm f JOIN place p USING (n) ORDER BY f.i;

CREATE TEMP TABLE subject AS
SELECT x.*, p.id AS workspace_id, pg_temp.id7(3, x.at, x.i) AS person_id, pg_temp.id7(4, x.at, x.i) AS lead_id,
  pg_temp.word(x.fn) AS first_name, pg_temp.word(x.ln) AS last_name,
  lower(pg_temp.word(x.fn) || '.' || pg_temp.word(x.ln)) || x.i || '@' || pg_temp.one(ARRAY['example.test','mail.test','corp.test','web.test'], x.i % 4 / 4.0) AS email,
  (SELECT f.id FROM follower f WHERE f.n = x.n AND f.i = 1 + floor(x.b * CASE WHEN x.n = 1 THEN 200 ELSE 20 END)::int) AS owner_id,
  pg_temp.one(ARRAY['NEW','NEW','NEW','WORKING','WORKING','NURTURING','NURTURING','QUALIFIED','JUNK','CONVERTED'], x.c) AS status
FROM (SELECT y.*, pg_temp.shop(r) AS n FROM (SELECT i, random() AS r, random() AS fn, random() AS ln, random() AS a, random() AS b, random() AS c,
    random() AS d, random() AS e, random() AS f, :now - 365 * (1 - i::float8 / :leads) * interval '1 day' AS at FROM generate_series(1, :leads) i) y) x
JOIN place p USING (n) ORDER BY x.i;
ALTER TABLE subject ADD PRIMARY KEY (i);
ANALYZE place, follower, firm, subject;
INSERT INTO people (workspace_id, id, name, first_name, last_name, email, phone, title, country, last_activity_at, created_at, updated_at)
SELECT s.workspace_id, s.person_id, s.first_name || ' ' || s.last_name, s.first_name, s.last_name, s.email,
  CASE WHEN s.e < 0.5 THEN '+1555' || lpad(s.i::text, 7, '0') END,
  pg_temp.one(ARRAY['CEO','CTO','CFO','VP Sales','Head of Marketing','Engineer','Analyst','Buyer','Student','Consultant'], s.a),
  pg_temp.one(ARRAY['US','DE','FR','GB','IN','BR','JP','ES'], s.d), s.at + (:now - s.at) * s.f, s.at, s.at FROM subject s ORDER BY s.i;
INSERT INTO person_emails (workspace_id, id, person_id, address, normalized, match_key, domain, is_primary, created_at)
SELECT s.workspace_id, pg_temp.id7(5, s.at, s.i), s.person_id, s.email, s.email, s.email, split_part(s.email, '@', 2), true, s.at FROM subject s ORDER BY s.i;
INSERT INTO person_phones (workspace_id, id, person_id, raw, e164, region, is_primary, created_at)
SELECT s.workspace_id, pg_temp.id7(6, s.at, s.i), s.person_id, p.phone, p.phone, 'US', true, s.at
FROM subject s JOIN people p ON p.workspace_id = s.workspace_id AND p.id = s.person_id WHERE p.phone IS NOT NULL ORDER BY s.i;
INSERT INTO person_keys (workspace_id, kind, key, person_id, created_at)
SELECT s.workspace_id, 'EMAIL', s.email, s.person_id, s.at FROM subject s ORDER BY s.n, s.email;
INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, state, owner_id, source_id, title, company_name, company_id, need, status_since, closed_at,
  last_activity_at, created_at, updated_at)
SELECT s.workspace_id, s.lead_id, s.person_id, p.pipeline_id, (p.statuses ->> s.status)::uuid,
  CASE WHEN s.status IN ('JUNK', 'CONVERTED') THEN s.status ELSE 'OPEN' END, s.owner_id, p.sources[1 + s.i % 12],
  pg_temp.one(ARRAY['CEO','CTO','CFO','VP Sales','Head of Marketing','Engineer','Analyst','Buyer','Student','Consultant'], s.a),
  coalesce(f.word, pg_temp.word(s.d)) || ' Ltd', f.id, 'A need in some words, number ' || s.i, s.at,
  CASE WHEN s.status IN ('JUNK', 'CONVERTED') THEN s.at + (:now - s.at) * s.f END, s.at + (:now - s.at) * s.f, s.at, s.at
FROM subject s JOIN place p ON p.n = s.n
LEFT JOIN firm f ON s.e < 0.6 AND f.n = s.n AND f.k = 1 + floor(s.d * (SELECT count(*) FROM firm g WHERE g.n = 1) * CASE WHEN s.n = 1 THEN 1 ELSE 0.004 END)::int
ORDER BY s.i;
INSERT INTO scores (workspace_id, model_id, person_id, version_id, score, fit, engagement, grade, as_of, is_default)
SELECT s.workspace_id, p.model_id, s.person_id, p.version_id, x.score, x.score / 2, x.score - x.score / 2,
  CASE WHEN x.score >= 80 THEN 'A' WHEN x.score >= 60 THEN 'B' WHEN x.score >= 30 THEN 'C' ELSE 'D' END, :now, true
FROM subject s JOIN place p ON p.n = s.n CROSS JOIN LATERAL (SELECT floor(100 * s.f * s.f)::int AS score) x WHERE s.a < 0.98 ORDER BY s.i;

-- Half of what happened falls evenly on all, half on every fifth.
CREATE TEMP TABLE felt AS
SELECT x.i, pg_temp.id7(7, x.at, x.i) AS id, x.at, s.workspace_id, s.person_id, s.lead_id,
  pg_temp.one(ARRAY['OPEN','CLICK','PAGE_VIEW','CALL','MEETING','FORM','EMAIL','NOTE'], x.c) AS kind
FROM (SELECT i, CASE WHEN random() < 0.5 THEN 1 + floor(random() * :leads)::bigint ELSE 5 * (1 + floor(random() * (:leads / 5))::bigint) END AS k, random() AS c,
    :now - (1 - i::float8 / :activities) * 180 * interval '1 day' AS at FROM generate_series(1, :activities) i) x
JOIN subject s ON s.i = x.k;
ANALYZE felt;
INSERT INTO activities (workspace_id, id, kind, at, direction, subject, created_at)
SELECT f.workspace_id, f.id, f.kind, f.at, CASE WHEN f.kind = 'EMAIL' THEN 'OUTBOUND' ELSE 'INBOUND' END, 'What happened, number ' || f.i || ', with some words in it', f.at
FROM felt f ORDER BY f.i;
INSERT INTO activity_participants (workspace_id, activity_id, person_id, kind, at, subject)
SELECT f.workspace_id, f.id, f.person_id, f.kind, f.at, 'What happened, number ' || f.i || ', with some words in it' FROM felt f ORDER BY f.i;
INSERT INTO activity_links (workspace_id, activity_id, noun, record_id, kind, at) SELECT f.workspace_id, f.id, 'Lead', f.lead_id, f.kind, f.at FROM felt f ORDER BY f.i;
DROP TABLE place, follower, firm, subject, felt
