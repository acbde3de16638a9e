-- What: all that the decision needs besides the lead, in one row; read after the lock, so that it sees what the last holder committed.
-- Cost: one probe a sub-select. Index: primary keys, contacts unique person, company_keys_pkey, companies_name_key,
-- match_keys_pkey, duplicate_pairs unique and duplicate_pairs_high.
WITH shared AS MATERIALIZED (
  SELECT k.key, ARRAY(SELECT m.record_id FROM match_keys m WHERE m.workspace_id = $1 AND m.key = k.key LIMIT 51) AS ids
  FROM (SELECT x::bigint AS key FROM unnest($17::text[]) AS x) k
  WHERE NOT EXISTS (SELECT 1 FROM company_keys d WHERE d.workspace_id = $1 AND d.kind = 'DOMAIN' AND d.key = $4)
), near AS (
  SELECT r.record_id, r.facts FROM match_records r WHERE r.workspace_id = $1
    AND r.record_id = ANY(ARRAY(SELECT DISTINCT x.id FROM shared s, unnest(s.ids) AS x (id) WHERE cardinality(s.ids) <= 50))
), contact AS (
  SELECT c.id, c.version, c.title, c.source_id, c.owner_id, c.lead_id, c.company_id
  FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = $2
), candidate AS (
  SELECT 'ID' AS how, c.* FROM companies c WHERE c.workspace_id = $1 AND c.id = ANY($3::uuid[]) AND c.archived_at IS NULL
  UNION ALL
  SELECT 'DOMAIN', c.* FROM companies c WHERE c.workspace_id = $1
    AND c.id = (SELECT k.company_id FROM company_keys k WHERE k.workspace_id = $1 AND k.kind = 'DOMAIN' AND k.key = $4)
  UNION ALL
  SELECT 'NAME', c.* FROM companies c WHERE c.workspace_id = $1
    AND c.id = (SELECT k.company_id FROM company_keys k WHERE k.workspace_id = $1 AND k.kind = 'NAME' AND k.key = $5)
  UNION ALL
  SELECT 'CURRENT', c.* FROM contact t JOIN companies c ON c.workspace_id = $1 AND c.id = t.company_id
  UNION ALL
  (SELECT 'SIMILAR', c.* FROM companies c WHERE c.workspace_id = $1 AND c.name_key = $6 AND c.kind = 'COMPANY' AND c.archived_at IS NULL LIMIT 20)
  UNION ALL
  SELECT 'MATCH', c.* FROM near n JOIN companies c ON c.workspace_id = $1 AND c.id = n.record_id AND c.kind = 'COMPANY' AND c.archived_at IS NULL
)
SELECT
  (SELECT to_jsonb(t) FROM contact t) AS contact,
  (SELECT jsonb_agg(jsonb_build_object('company_id', l.company_id, 'role', l.role, 'is_primary', l.is_primary, 'to_on', l.to_on, 'kind', c.kind, 'name', c.name)
      ORDER BY l.is_primary DESC, l.created_at, l.id)
    FROM contact t JOIN contact_companies l ON l.workspace_id = $1 AND l.contact_id = t.id
    JOIN companies c ON c.workspace_id = $1 AND c.id = l.company_id) AS links,
  (SELECT jsonb_agg(jsonb_build_object('how', x.how, 'id', x.id, 'name', x.name, 'kind', x.kind, 'domain', x.domain, 'website', x.website,
      'industry', x.industry, 'employees', x.employees, 'country', x.country, 'phone', x.phone, 'region', x.region,
      'city', x.city, 'postal_code', x.postal_code, 'street', x.street, 'owner_id', x.owner_id, 'version', x.version) ORDER BY x.id) FROM candidate x) AS companies,
  (SELECT c.id FROM contacts c WHERE c.workspace_id = $1 AND c.id = $7) AS wished_contact,
  (SELECT jsonb_build_object('id', d.id, 'name', d.name, 'state', d.state, 'version', d.version, 'company_id', d.company_id, 'amount_minor', d.amount_minor,
      'currency', d.currency, 'campaign_id', d.campaign_id, 'source_id', d.source_id, 'owner_id', d.owner_id, 'lead_id', d.lead_id)
    FROM deals d WHERE d.workspace_id = $1 AND d.id = $8) AS deal,
  (SELECT jsonb_build_object('id', s.id, 'name', s.name, 'type', s.type, 'pipeline_id', s.pipeline_id)
    FROM lead_statuses s WHERE s.workspace_id = $1 AND s.archived_at IS NULL
      AND (s.id = $9 OR ($9::uuid IS NULL AND s.pipeline_id = $10 AND s.type = 'CONVERTED')) ORDER BY s.is_default DESC, s.position LIMIT 1) AS status,
  (SELECT jsonb_build_object('id', s.id, 'name', s.name, 'type', s.type, 'pipeline_id', s.pipeline_id, 'probability', s.probability, 'close_days', p.close_days)
    FROM deal_stages s JOIN pipelines p ON p.workspace_id = $1 AND p.id = s.pipeline_id
    WHERE s.workspace_id = $1 AND s.type = 'OPEN' AND s.archived_at IS NULL AND p.kind = 'DEAL' AND ($12::uuid IS NULL OR s.id = $12)
      AND (p.id = $11 OR ($11::uuid IS NULL AND (p.is_default OR s.id = $12))) ORDER BY s.position LIMIT 1) AS stage,
  (SELECT jsonb_object_agg(n.record_id, n.facts) FROM near n) AS near,
  (SELECT jsonb_agg(s.key) FROM shared s WHERE cardinality(s.ids) > 50) AS crowded,
  (SELECT jsonb_agg(jsonb_build_object('contact_id', c.id, 'person_id', p.id, 'name', coalesce(p.name, p.email, p.phone, ''), 'probability', w.probability,
      'evidence', w.evidence) ORDER BY w.probability DESC, c.id)
    FROM (
      SELECT d.high_id AS other, d.probability, d.evidence FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.low_id = $2 AND d.state = 'OPEN'
      UNION ALL
      SELECT d.low_id, d.probability, d.evidence FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.high_id = $2 AND d.state = 'OPEN'
    ) w JOIN contacts c ON c.workspace_id = $1 AND c.person_id = w.other AND c.archived_at IS NULL
    JOIN people p ON p.workspace_id = $1 AND p.id = w.other) AS twins,
  EXISTS (SELECT 1 FROM tasks t WHERE t.workspace_id = $1 AND (t.person_id = $2 OR t.lead_id = $16) AND t.state IN ('OPEN', 'SCHEDULED')) AS has_tasks,
  EXISTS (SELECT 1 FROM enrollments e WHERE e.workspace_id = $1 AND e.person_id = $2 AND e.state = 'ACTIVE') AS is_enrolled,
  EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.person_id = $2 AND l.state = 'OPEN' AND l.id <> $16) AS has_others,
  ARRAY(SELECT u.id FROM users u WHERE u.workspace_id = $1 AND u.id = ANY($13::uuid[]) AND u.archived_at IS NULL) AS users,
  (SELECT c.name FROM campaigns c WHERE c.workspace_id = $1 AND c.id = $14) AS campaign,
  (SELECT p.name FROM products p WHERE p.workspace_id = $1 AND p.id = $15) AS product,
  (SELECT jsonb_build_object('currency', w.currency, 'time_zone', w.time_zone, 'country', w.country, 'settings', w.settings,
      'now', coalesce(w.clock_at, clock_timestamp())) FROM lw_workspace($1) w) AS workspace
