-- What: what every conversion is decided on besides the lead, in one row; read after the lock, so that it sees what the last holder committed. What is
-- only to be known of a contact, of companies that are or may be the lead's, or of a doubt who the person is, is in beside.sql.
-- Cost: one probe a sub-select. Index: primary keys, contacts unique person, company_keys_pkey, companies_name_key, match_keys_pkey,
-- duplicate_pairs unique and duplicate_pairs_high.
WITH held AS MATERIALIZED (
  SELECT (SELECT k.company_id FROM company_keys k WHERE k.workspace_id = $1 AND k.kind = 'DOMAIN' AND k.key = $4) AS by_domain,
    (SELECT k.company_id FROM company_keys k WHERE k.workspace_id = $1 AND k.kind = 'NAME' AND k.key = $5) AS by_name
)
SELECT h.by_domain, h.by_name,
  (SELECT jsonb_build_object('id', c.id, 'version', c.version, 'title', c.title, 'source_id', c.source_id, 'owner_id', c.owner_id, 'lead_id', c.lead_id,
      'company_id', c.company_id)
    FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = $2) AS contact,
  ARRAY(SELECT c.id FROM companies c WHERE c.workspace_id = $1 AND c.name_key = $6 AND c.kind = 'COMPANY' AND c.archived_at IS NULL LIMIT 20) AS alike,
  (SELECT jsonb_agg(jsonb_build_object('key', m.key, 'id', m.record_id))
    FROM unnest($3::text[]) AS u (key), LATERAL (
      SELECT k.key, k.record_id FROM match_keys k WHERE h.by_domain IS NULL AND k.workspace_id = $1 AND k.key = u.key::bigint LIMIT 51) m) AS shared,
  (SELECT jsonb_agg(jsonb_build_object('person_id', d.other, 'probability', d.probability, 'evidence', d.evidence))
    FROM (
      SELECT d.high_id AS other, d.probability, d.evidence FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.low_id = $2 AND d.state = 'OPEN'
      UNION ALL
      SELECT d.low_id, d.probability, d.evidence FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.high_id = $2 AND d.state = 'OPEN'
    ) d) AS doubts,
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
  EXISTS (SELECT 1 FROM tasks t WHERE t.workspace_id = $1 AND (t.person_id = $2 OR t.lead_id = $16) AND t.state IN ('OPEN', 'SCHEDULED')
    AND t.archived_at IS NULL) AS has_tasks,
  EXISTS (SELECT 1 FROM enrollments e WHERE e.workspace_id = $1 AND e.person_id = $2 AND e.state = 'ACTIVE') AS is_enrolled,
  EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.person_id = $2 AND l.state = 'OPEN' AND l.id <> $16) AS has_others,
  EXISTS (SELECT 1 FROM taggings g WHERE g.workspace_id = $1 AND g.record_id = $16) AS has_tags,
  ARRAY(SELECT u.id FROM users u WHERE u.workspace_id = $1 AND u.id = ANY($13::uuid[]) AND u.archived_at IS NULL) AS users,
  (SELECT c.name FROM campaigns c WHERE c.workspace_id = $1 AND c.id = $14) AS campaign,
  (SELECT p.name FROM products p WHERE p.workspace_id = $1 AND p.id = $15) AS product,
  (SELECT to_jsonb(w) FROM lw_here w) AS workspace
FROM held h
