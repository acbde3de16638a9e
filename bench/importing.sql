-- The hand-written import of a batch: every row the product writes, in one statement, from values staged by COPY. $2 now
WITH s AS (SELECT x.*, x.ids[1] AS person, x.ids[2] AS lead, x.ids[3] AS activity FROM stage x),
source AS (SELECT o.id FROM sources o WHERE o.workspace_id = $1 AND o.channel = 'LIST' LIMIT 1),
status AS (
  SELECT t.id, t.pipeline_id FROM lead_statuses t JOIN pipelines p ON p.workspace_id = $1 AND p.id = t.pipeline_id
  WHERE t.workspace_id = $1 AND t.type = 'NEW' AND t.is_default AND p.kind = 'LEAD' AND p.is_default
), key AS (
  INSERT INTO person_keys (workspace_id, kind, key, person_id, created_at)
  SELECT $1, k.kind, k.key, s.person, $2 FROM s, LATERAL (VALUES ('EMAIL', s.email), ('EXTERNAL', 'ours' || chr(31) || s.outside)) AS k (kind, key)
  ON CONFLICT DO NOTHING
), person AS (
  INSERT INTO people (workspace_id, id, name, last_name, email, last_activity_at, created_at, updated_at)
  SELECT $1, s.person, s.name, s.name, s.email, $2, $2, $2 FROM s
), address AS (
  INSERT INTO person_emails (workspace_id, id, person_id, address, normalized, match_key, domain, is_primary, created_at)
  SELECT $1, s.ids[4], s.person, s.email, s.email, s.email, split_part(s.email, '@', 2), true, $2 FROM s
  ON CONFLICT (workspace_id, person_id, normalized) DO NOTHING
), outside AS (
  INSERT INTO external_ids (workspace_id, noun, source, external_id, record_id, created_at)
  SELECT $1, x.noun, 'ours', s.outside, x.id, $2 FROM s, LATERAL (VALUES ('Person', s.person), ('Lead', s.lead)) AS x (noun, id)
  ON CONFLICT DO NOTHING
), lead AS (
  INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, intent, source_id, company_name, status_since, last_activity_at, created_at, updated_at)
  SELECT $1, s.lead, s.person, t.pipeline_id, t.id, 'CONTENT', o.id, s.company, $2, $2, $2, $2 FROM s, status t, source o
  ON CONFLICT (workspace_id, person_id, pipeline_id) WHERE state = 'OPEN' DO NOTHING
), span AS (
  INSERT INTO lead_status_spans (workspace_id, id, lead_id, status_id, entered_at, actor) SELECT $1, s.ids[5], s.lead, t.id, $2, 'SYSTEM' FROM s, status t
), activity_key AS (
  INSERT INTO activity_keys (workspace_id, source, external_id, activity_id) SELECT $1, 'import', s.digest, s.activity FROM s ON CONFLICT DO NOTHING
), activity AS (
  INSERT INTO activities (workspace_id, id, kind, at, subject, automated, source, external_id, data, created_at)
  SELECT $1, s.activity, 'IMPORT', $2, 'Imported', true, 'import', s.digest, '{"intent": "CONTENT"}', $2 FROM s
), participant AS (
  INSERT INTO activity_participants (workspace_id, activity_id, person_id, kind, at, subject) SELECT $1, s.activity, s.person, 'IMPORT', $2, 'Imported' FROM s
), link AS (
  INSERT INTO activity_links (workspace_id, activity_id, noun, record_id, kind, at) SELECT $1, s.activity, 'Lead', s.lead, 'IMPORT', $2 FROM s
), touchpoint AS (
  INSERT INTO touchpoints (workspace_id, id, person_id, lead_id, source_id, at, created_at) SELECT $1, s.ids[6], s.person, s.lead, o.id, $2, $2 FROM s, source o
), origin AS (
  INSERT INTO field_provenance (workspace_id, noun, record_id, field, value, source, at)
  SELECT $1, f.noun, f.id, f.field, to_jsonb(f.value), 'IMPORT', $2 FROM s, LATERAL (VALUES ('Person', s.person, 'name', s.name),
    ('Person', s.person, 'last_name', s.name), ('Person', s.person, 'email', s.email), ('Lead', s.lead, 'company_name', s.company)) AS f (noun, id, field, value)
  ON CONFLICT DO NOTHING
), noted AS (
  INSERT INTO events (workspace_id, id, kind, noun, record_id, person_id, version, actor, request_id, at, data)
  SELECT $1, e.id, e.kind, e.noun, e.record, s.person, 1, 'SYSTEM', 'bench', $2, '{"quiet": true}' FROM s, LATERAL (VALUES (s.ids[7], 'person.created',
    'Person', s.person), (s.ids[8], 'lead.created', 'Lead', s.lead), (s.ids[9], 'activity.recorded', 'Activity', s.activity)) AS e (id, kind, noun, record)
)
INSERT INTO work (workspace_id, id, queue, kind, key, payload, run_at, created_at)
SELECT $1, w.id, w.queue, w.kind, s.person::text, jsonb_build_object('person_id', s.person), $2, $2
FROM s, LATERAL (VALUES (s.ids[10], 'enrich', 'enrich.person'), (s.ids[11], 'score', 'score.person')) AS w (id, queue, kind)
ON CONFLICT (workspace_id, kind, key) WHERE state = 'READY' AND key IS NOT NULL DO UPDATE SET payload = EXCLUDED.payload
