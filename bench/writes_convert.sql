-- The hand-written conversion: every row the product writes, in one statement after the lock. $2 lead, $3 person, $4 ids, $5 name, $6 name key, $7 domain,
-- $8 title, $9 owner, $10 events, $11 actor, $12 snapshot, $13 manifest, $14 fingerprint, $15 request
WITH ids AS (
  SELECT ($4::uuid[])[1] AS company, ($4::uuid[])[2] AS contact, ($4::uuid[])[3] AS deal, ($4::uuid[])[4] AS activity, ($4::uuid[])[5] AS a,
    ($4::uuid[])[6] AS b, ($4::uuid[])[7] AS c, ($4::uuid[])[8] AS d, ($4::uuid[])[9] AS e, ($4::uuid[])[10] AS f, clock_timestamp() AS now
), converted AS (
  SELECT s.id FROM lead_statuses s JOIN leads l ON l.workspace_id = $1 AND l.id = $2 AND l.pipeline_id = s.pipeline_id
  WHERE s.workspace_id = $1 AND s.type = 'CONVERTED' AND s.is_default
), stage AS (
  SELECT s.id, s.pipeline_id, s.probability, p.close_days FROM deal_stages s JOIN pipelines p ON p.workspace_id = $1 AND p.id = s.pipeline_id
  WHERE s.workspace_id = $1 AND s.type = 'OPEN' AND p.kind = 'DEAL' AND p.is_default ORDER BY s.position LIMIT 1
), keys AS (
  INSERT INTO company_keys (workspace_id, kind, key, company_id, created_at)
  SELECT $1, k.kind, k.key, i.company, i.now FROM ids i, (VALUES ('DOMAIN', $7::text), ('NAME', $6::text || chr(31))) AS k (kind, key) ON CONFLICT DO NOTHING
), company AS (
  INSERT INTO companies (workspace_id, id, name, name_key, domain, owner_id, last_activity_at, created_at, updated_at)
  SELECT $1, i.company, $5, $6, $7, $9, i.now, i.now, i.now FROM ids i
), domain AS (
  INSERT INTO company_domains (workspace_id, domain, company_id, match_primary, created_at) SELECT $1, $7, i.company, true, i.now FROM ids i
), contact AS (
  INSERT INTO contacts (workspace_id, id, person_id, owner_id, company_id, title, lead_id, last_activity_at, created_at, updated_at)
  SELECT $1, i.contact, $3, $9, i.company, $8, $2, i.now, i.now, i.now FROM ids i
), link AS (
  INSERT INTO contact_companies (workspace_id, id, contact_id, company_id, is_primary, created_at, updated_at)
  SELECT $1, i.a, i.contact, i.company, true, i.now, i.now FROM ids i
), deal AS (
  INSERT INTO deals (workspace_id, id, name, pipeline_id, stage_id, company_id, owner_id, currency, probability, close_on, lead_id, stage_since,
    last_activity_at, created_at, updated_at)
  SELECT $1, i.deal, $5, s.pipeline_id, s.id, i.company, $9, 'EUR', s.probability, i.now::date + s.close_days, $2, i.now, i.now, i.now, i.now FROM ids i, stage s
), deal_span AS (
  INSERT INTO deal_stage_spans (workspace_id, id, deal_id, stage_id, entered_at, actor) SELECT $1, i.b, i.deal, s.id, i.now, $11 FROM ids i, stage s
), deal_contact AS (
  INSERT INTO deal_contacts (workspace_id, id, deal_id, contact_id, role, is_primary, created_at)
  SELECT $1, i.c, i.deal, i.contact, 'DECISION_MAKER', true, i.now FROM ids i
), reached AS (
  SELECT ARRAY(SELECT jsonb_build_object('address', e.address, 'label', e.label, 'primary', e.is_primary)
      FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = $3) AS emails,
    ARRAY(SELECT jsonb_build_object('number', f.raw, 'e164', f.e164, 'label', f.label, 'primary', f.is_primary)
      FROM person_phones f WHERE f.workspace_id = $1 AND f.person_id = $3) AS phones
), sealed AS (
  UPDATE leads l SET state = 'CONVERTED', status_id = s.id, status_since = i.now, closed_at = i.now, sales_qualified_at = i.now, company_id = i.company,
    company_match = '{"by": "CONVERSION", "state": "CONFIRMED"}', snapshot = $12::jsonb || jsonb_build_object('emails', r.emails, 'phones', r.phones), version = l.version + 1, updated_at = i.now
  FROM ids i, converted s, reached r WHERE l.workspace_id = $1 AND l.id = $2 AND l.state = 'OPEN' RETURNING l.id
), ended AS (
  UPDATE lead_status_spans x SET left_at = i.now FROM ids i WHERE x.workspace_id = $1 AND x.lead_id = $2 AND x.left_at IS NULL RETURNING x.id
), begun AS (
  INSERT INTO lead_status_spans (workspace_id, id, lead_id, status_id, entered_at, actor)
  SELECT $1, i.d, $2, s.id, i.now, $11 FROM ids i, converted s, (SELECT count(*) FROM ended) AS done
), conversion AS (
  INSERT INTO conversions (workspace_id, lead_id, id, person_id, contact_id, company_id, deal_id, request, fingerprint, manifest, actor, at)
  SELECT $1, l.id, i.e, $3, i.contact, i.company, i.deal, '{}', $14, $13, $11, i.now FROM ids i, sealed l
), activity AS (
  INSERT INTO activities (workspace_id, id, kind, at, subject, automated, data, created_at)
  SELECT $1, i.activity, 'CONVERSION', i.now, ($12::jsonb ->> 'name') || ' became a contact', true,
    jsonb_build_object('contact_id', i.contact, 'company_id', i.company, 'deal_id', i.deal), i.now FROM ids i
), participant AS (
  INSERT INTO activity_participants (workspace_id, activity_id, person_id, kind, at, subject)
  SELECT $1, i.activity, $3, 'CONVERSION', i.now, ($12::jsonb ->> 'name') || ' became a contact' FROM ids i
), links AS (
  INSERT INTO activity_links (workspace_id, activity_id, noun, record_id, kind, at)
  SELECT $1, i.activity, n.noun, n.id, 'CONVERSION', i.now FROM ids i, LATERAL (VALUES ('Lead', $2::uuid), ('Contact', i.contact), ('Company', i.company), ('Deal', i.deal)) AS n (noun, id)
), touched AS (
  UPDATE people p SET last_activity_at = i.now FROM ids i WHERE p.workspace_id = $1 AND p.id = $3
), noted AS (
  INSERT INTO events (workspace_id, id, kind, noun, record_id, person_id, version, actor, request_id, at, data)
  SELECT $1, x.id, x.kind, x.noun, x.record_id, CASE WHEN x.noun NOT IN ('Company', 'Deal') THEN $3 END, 1, $11, $15, i.now, x.data FROM ids i, jsonb_to_recordset($10::jsonb)
    AS x (id uuid, kind text, noun text, record_id uuid, data jsonb)
), tasks AS (
  UPDATE tasks t SET assignee_id = $9, contact_id = i.contact, version = t.version + 1, updated_at = i.now FROM ids i
  WHERE t.workspace_id = $1 AND (t.person_id = $3 OR t.lead_id = $2) AND t.state IN ('OPEN', 'SCHEDULED')
), left_sequences AS (
  UPDATE enrollments e SET state = 'EXITED', exit_reason = 'CONVERSION', version = e.version + 1, updated_at = i.now FROM ids i, sequences s
  WHERE e.workspace_id = $1 AND e.person_id = $3 AND e.state = 'ACTIVE' AND s.workspace_id = $1 AND s.id = e.sequence_id AND s.audience = 'LEADS'
)
INSERT INTO work (workspace_id, id, queue, kind, key, payload, run_at, created_at)
SELECT $1, i.f, 'score', 'score.person', $3::uuid::text, jsonb_build_object('person_id', $3::uuid), i.now, i.now FROM ids i
ON CONFLICT (workspace_id, kind, key) WHERE state = 'READY' AND key IS NOT NULL DO UPDATE SET payload = EXCLUDED.payload
