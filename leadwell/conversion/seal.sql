-- What: seals the lead (snapshot with every address, status span) and writes the conversion, whose primary key is the guarantee. Cost: four rows.
-- Index: primary keys, lead_status_spans_current, person_emails and person_phones unique. A lead sealed before makes it fail: it has no id to write.
WITH reached AS (
  SELECT
    (SELECT jsonb_agg(jsonb_build_object('address', e.address, 'label', e.label, 'primary', e.is_primary) ORDER BY e.is_primary DESC, e.created_at, e.id)
      FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = $3) AS emails,
    (SELECT jsonb_agg(jsonb_build_object('number', f.raw, 'e164', f.e164, 'label', f.label, 'primary', f.is_primary) ORDER BY f.is_primary DESC, f.created_at, f.id)
      FROM person_phones f WHERE f.workspace_id = $1 AND f.person_id = $3) AS phones
), sealed AS (
  UPDATE leads l SET state = 'CONVERTED', status_id = $4, status_since = $5, closed_at = $5, sales_qualified_at = coalesce(l.sales_qualified_at, $5),
    owner_id = coalesce(l.owner_id, $6), company_id = coalesce(l.company_id, $7), company_match = coalesce(l.company_match, $8),
    snapshot = $9::jsonb || jsonb_build_object('emails', coalesce(r.emails, '[]'), 'phones', coalesce(r.phones, '[]')),
    version = l.version + 1, updated_at = $5
  FROM reached r
  WHERE l.workspace_id = $1 AND l.id = $2 AND l.person_id = $3 AND l.state = 'OPEN'
  RETURNING l.id
), ended AS (
  UPDATE lead_status_spans s SET left_at = $5 FROM sealed WHERE s.workspace_id = $1 AND s.lead_id = sealed.id AND s.left_at IS NULL RETURNING s.id
), begun AS (
  INSERT INTO lead_status_spans (workspace_id, id, lead_id, status_id, entered_at, actor)
  SELECT $1, $10, sealed.id, $4, $5, $11 FROM sealed, (SELECT count(*) FROM ended) AS done
)
INSERT INTO conversions (workspace_id, lead_id, id, person_id, contact_id, company_id, deal_id, request, fingerprint, manifest, conflicts, actor, at)
SELECT $1, (SELECT sealed.id FROM sealed), $12, $3, $13, $14, $15, $16, $17, $18, $19, $11, $5
