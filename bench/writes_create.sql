-- The hand-written capture of a new lead: every row the product writes after the raw submission, in one statement. $2 submission, $3 ids, $4 first name,
-- $5 last name, $6 e-mail, $7 domain, $8 company, $9 title, $10 events, $11 actor, $12 request
WITH ids AS (
  SELECT ($3::uuid[])[1] AS person, ($3::uuid[])[2] AS lead, ($3::uuid[])[3] AS activity, ($3::uuid[])[4] AS a, ($3::uuid[])[5] AS b, ($3::uuid[])[6] AS c,
    ($3::uuid[])[7] AS d, ($3::uuid[])[8] AS e, clock_timestamp() AS now
), source AS (
  SELECT s.id FROM sources s WHERE s.workspace_id = $1 AND s.channel = 'API' LIMIT 1
), status AS (
  SELECT s.id, s.pipeline_id FROM lead_statuses s JOIN pipelines p ON p.workspace_id = $1 AND p.id = s.pipeline_id
  WHERE s.workspace_id = $1 AND s.type = 'NEW' AND s.is_default AND p.kind = 'LEAD' AND p.is_default
), key AS (
  INSERT INTO person_keys (workspace_id, kind, key, person_id, created_at) SELECT $1, 'EMAIL', $6, i.person, i.now FROM ids i
), person AS (
  INSERT INTO people (workspace_id, id, name, first_name, last_name, email, title, last_activity_at, created_at, updated_at)
  SELECT $1, i.person, $4::text || ' ' || $5::text, $4, $5, $6, $9, i.now, i.now, i.now FROM ids i
), address AS (
  INSERT INTO person_emails (workspace_id, id, person_id, address, normalized, match_key, domain, is_primary, created_at)
  SELECT $1, i.a, i.person, $6, $6, $6, $7, true, i.now FROM ids i
), lead AS (
  INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, source_id, title, company_name, status_since, last_activity_at, created_at, updated_at)
  SELECT $1, i.lead, i.person, s.pipeline_id, s.id, o.id, $9, $8, i.now, i.now, i.now, i.now FROM ids i, status s, source o
), span AS (
  INSERT INTO lead_status_spans (workspace_id, id, lead_id, status_id, entered_at, actor) SELECT $1, i.b, i.lead, s.id, i.now, $11 FROM ids i, status s
), activity_key AS (
  INSERT INTO activity_keys (workspace_id, source, external_id, activity_id) SELECT $1, 'submission', $2::uuid::text, i.activity FROM ids i
), activity AS (
  INSERT INTO activities (workspace_id, id, kind, at, subject, automated, source, external_id, data, created_at)
  SELECT $1, i.activity, 'SYSTEM', i.now, 'Asked to be contacted (API)', true, 'submission', $2::uuid::text,
    jsonb_build_object('intent', 'HAND_RAISE', 'source_id', o.id), i.now FROM ids i, source o
), participant AS (
  INSERT INTO activity_participants (workspace_id, activity_id, person_id, kind, at, subject)
  SELECT $1, i.activity, i.person, 'SYSTEM', i.now, 'Asked to be contacted (API)' FROM ids i
), link AS (
  INSERT INTO activity_links (workspace_id, activity_id, noun, record_id, kind, at) SELECT $1, i.activity, 'Lead', i.lead, 'SYSTEM', i.now FROM ids i
), touchpoint AS (
  INSERT INTO touchpoints (workspace_id, id, person_id, lead_id, source_id, submission_id, at, created_at)
  SELECT $1, i.c, i.person, i.lead, s.id, $2, i.now, i.now FROM ids i, source s
), origin AS (
  INSERT INTO field_provenance (workspace_id, noun, record_id, field, value, source, provider, at)
  SELECT $1, f.noun, CASE f.noun WHEN 'Lead' THEN i.lead ELSE i.person END, f.field, to_jsonb(f.value), 'FORM', 'GRAPHQL', i.now FROM ids i,
    (VALUES ('Person', 'name', $4::text || ' ' || $5::text), ('Person', 'first_name', $4), ('Person', 'last_name', $5), ('Person', 'email', $6),
      ('Person', 'title', $9), ('Lead', 'title', $9), ('Lead', 'company_name', $8)) AS f (noun, field, value)
), noted AS (
  INSERT INTO events (workspace_id, id, kind, noun, record_id, person_id, version, actor, request_id, at, data)
  SELECT $1, x.id, x.kind, x.noun, x.record_id, i.person, 1, $11, $12, i.now,
    CASE WHEN x.data ? 'intent' THEN x.data || jsonb_build_object('source_id', o.id, 'form_id', NULL) ELSE x.data END
  FROM ids i, source o, jsonb_to_recordset($10::jsonb) AS x (id uuid, kind text, noun text, record_id uuid, data jsonb)
), processed AS (
  UPDATE submissions s SET state = 'PROCESSED', outcome = 'CREATED', person_id = i.person, lead_id = i.lead, activity_id = i.activity, processed_at = i.now,
    version = s.version + 1, updated_at = i.now FROM ids i WHERE s.workspace_id = $1 AND s.id = $2
)
INSERT INTO work (workspace_id, id, queue, kind, key, payload, run_at, created_at)
SELECT $1, w.id, w.queue, w.kind, i.person::text, jsonb_build_object('person_id', i.person), i.now, i.now
FROM ids i, LATERAL (VALUES (i.d, 'enrich', 'enrich.person'), (i.e, 'score', 'score.person')) AS w (id, queue, kind)
ON CONFLICT (workspace_id, kind, key) WHERE state = 'READY' AND key IS NOT NULL DO UPDATE SET payload = EXCLUDED.payload
