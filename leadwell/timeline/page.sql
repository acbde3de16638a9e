-- What: a page of a timeline, newest first: the keys of all sources merged, each once, then what they say. Comes after one of subjects/*.sql and one of
-- happened/*.sql. Cost: a page's rows. Index: lead_status_spans_lead, deal_stage_spans_deal, consents_person, purchases_*, merges_survivor,
-- attachments_record; then primary keys.
, other AS (
  SELECT 'STATUS_CHANGE' AS what, x.entered_at AS at, x.id FROM subject s JOIN lead_status_spans x ON x.workspace_id = $1 AND x.lead_id = s.id
  WHERE s.part = 'STATUS'
  UNION ALL
  SELECT 'STAGE_CHANGE', x.entered_at, x.id FROM subject s JOIN deal_stage_spans x ON x.workspace_id = $1 AND x.deal_id = s.id WHERE s.part = 'STAGE'
  UNION ALL
  SELECT 'CONSENT', x.at, x.id FROM subject s JOIN consents x ON x.workspace_id = $1 AND x.person_id = s.id WHERE s.part = 'CONSENT'{see_consent}
  UNION ALL
  SELECT 'PURCHASE', x.at, x.id FROM subject s JOIN purchases x ON x.workspace_id = $1 AND x.contact_id = s.id
  WHERE s.part = 'BUYER' AND x.archived_at IS NULL AND x.at < s.until{see_purchase}
    AND NOT EXISTS (SELECT 1 FROM activity_keys k WHERE k.workspace_id = $1 AND k.source = 'purchase:' || x.source AND k.external_id = x.external_id)
  UNION ALL
  SELECT 'PURCHASE', x.at, x.id FROM subject s JOIN purchases x ON x.workspace_id = $1 AND x.company_id = s.id
  WHERE s.part = 'COMPANY' AND x.archived_at IS NULL{see_purchase}
    AND NOT EXISTS (SELECT 1 FROM activity_keys k WHERE k.workspace_id = $1 AND k.source = 'purchase:' || x.source AND k.external_id = x.external_id)
  UNION ALL
  SELECT 'MERGE', x.at, x.id FROM subject s JOIN merges x ON x.workspace_id = $1 AND x.survivor_id = s.id WHERE s.part = 'MERGE'{see_merge}
  UNION ALL
  SELECT 'FILE', x.at, x.id FROM subject s JOIN attachments x ON x.workspace_id = $1 AND x.record_id = s.id WHERE s.part = 'FILE'{see_file}
), entry AS MATERIALIZED (
  SELECT 'ACTIVITY' AS what, h.at, h.id FROM happened h
  UNION
  SELECT o.what, o.at, o.id FROM other o
  WHERE o.at >= {since} AND o.at < {until} AND (o.at, o.id) < ({at}, {entry}) AND ({kinds} IS NULL OR o.what = ANY({kinds}))
  ORDER BY at DESC, id DESC LIMIT {size}
), told AS (
  SELECT e.what, e.at, e.id, x.*
  FROM entry e CROSS JOIN LATERAL (
    (SELECT a.kind, coalesce(h.subject, a.subject) AS title, coalesce(h.body, a.body) AS body, coalesce(h.outcome, a.outcome) AS outcome, a.direction,
      coalesce(h.duration_seconds, a.duration_seconds) AS duration_seconds, a.automated, a.user_id::text AS user_id, NULL::text AS noun, NULL::uuid AS record_id,
      a.data, h.pinned_at, h.revised_at,
      (SELECT jsonb_agg(jsonb_build_array(p.person_id, p.role)) FROM activity_participants p WHERE p.workspace_id = $1 AND p.activity_id = a.id) AS people,
      (SELECT jsonb_agg(jsonb_build_array(l.noun, l.record_id)) FROM activity_links l WHERE l.workspace_id = $1 AND l.activity_id = a.id) AS records
    FROM activities a LEFT JOIN activity_heads h ON h.workspace_id = $1 AND h.activity_id = a.id
    WHERE e.what = 'ACTIVITY' AND a.workspace_id = $1 AND a.id = e.id LIMIT 1)
    UNION ALL
    (SELECT 'STATUS_CHANGE', concat_ws(' → ', (
        SELECT f.name FROM lead_status_spans w JOIN lead_statuses f ON f.workspace_id = $1 AND f.id = w.status_id
        WHERE w.workspace_id = $1 AND w.lead_id = s.lead_id AND w.left_at <= s.entered_at AND w.id <> s.id ORDER BY w.entered_at DESC, w.id DESC LIMIT 1), n.name),
      NULL, n.type, NULL, NULL, NULL, s.actor, 'Lead', s.lead_id, NULL, NULL, NULL, NULL, jsonb_build_array(jsonb_build_array('Lead', s.lead_id))
    FROM lead_status_spans s JOIN lead_statuses n ON n.workspace_id = $1 AND n.id = s.status_id
    WHERE e.what = 'STATUS_CHANGE' AND s.workspace_id = $1 AND s.id = e.id)
    UNION ALL
    (SELECT 'STAGE_CHANGE', concat_ws(' → ', (
        SELECT f.name FROM deal_stage_spans w JOIN deal_stages f ON f.workspace_id = $1 AND f.id = w.stage_id
        WHERE w.workspace_id = $1 AND w.deal_id = s.deal_id AND w.left_at <= s.entered_at AND w.id <> s.id ORDER BY w.entered_at DESC, w.id DESC LIMIT 1), n.name),
      NULL, n.type, NULL, NULL, NULL, s.actor, 'Deal', s.deal_id, NULL, NULL, NULL, NULL, jsonb_build_array(jsonb_build_array('Deal', s.deal_id))
    FROM deal_stage_spans s JOIN deal_stages n ON n.workspace_id = $1 AND n.id = s.stage_id
    WHERE e.what = 'STAGE_CHANGE' AND s.workspace_id = $1 AND s.id = e.id)
    UNION ALL
    (SELECT 'CONSENT', t.name, NULL, c.state, NULL, NULL, NULL, NULL, 'Consent', c.id,
      jsonb_build_object('basis', c.basis, 'source', c.source, 'wordingVersion', c.wording_version, 'expiresAt', c.expires_at), NULL, NULL,
      jsonb_build_array(jsonb_build_array(c.person_id, 'ABOUT')), NULL
    FROM consents c LEFT JOIN topics t ON t.workspace_id = $1 AND t.id = c.topic_id WHERE e.what = 'CONSENT' AND c.workspace_id = $1 AND c.id = e.id)
    UNION ALL
    (SELECT 'PURCHASE', NULL, NULL, CASE WHEN p.amount_minor < 0 THEN 'REFUND' ELSE 'PURCHASE' END, NULL, NULL, NULL, NULL, 'Purchase', p.id,
      jsonb_build_object('amountMinor', p.amount_minor, 'currency', p.currency, 'items', p.items), NULL, NULL, NULL,
      CASE WHEN p.company_id IS NULL THEN jsonb_build_array(jsonb_build_array('Contact', p.contact_id))
        WHEN p.contact_id IS NULL THEN jsonb_build_array(jsonb_build_array('Company', p.company_id))
        ELSE jsonb_build_array(jsonb_build_array('Contact', p.contact_id), jsonb_build_array('Company', p.company_id)) END
    FROM purchases p WHERE e.what = 'PURCHASE' AND p.workspace_id = $1 AND p.id = e.id)
    UNION ALL
    (SELECT 'MERGE', NULL, NULL, CASE WHEN m.unmerged_at IS NULL THEN 'MERGED' ELSE 'UNMERGED' END, NULL, NULL, NULL, m.actor, 'Merge', m.id,
      jsonb_build_object('absorbed', cardinality(m.loser_ids)), NULL, NULL, NULL, jsonb_build_array(jsonb_build_array(initcap(m.noun), m.survivor_id))
    FROM merges m WHERE e.what = 'MERGE' AND m.workspace_id = $1 AND m.id = e.id)
    UNION ALL
    (SELECT 'FILE', f.name, NULL, NULL, NULL, NULL, NULL, t.user_id::text, 'File', f.id, jsonb_build_object('mediaType', f.media_type, 'size', f.size), NULL, NULL, NULL,
      jsonb_build_array(jsonb_build_array(t.noun, t.record_id))
    FROM attachments t JOIN files f ON f.workspace_id = $1 AND f.id = t.file_id WHERE e.what = 'FILE' AND t.workspace_id = $1 AND t.id = e.id)
  ) x
)
SELECT r.id AS root, t.*, (SELECT count(*) FROM entry e) AS seen, l.at AS last_at, l.id AS last_id
FROM root r LEFT JOIN (
  SELECT t.* FROM told t WHERE {search} IS NULL OR position(lw_fold({search}) IN lw_fold(concat_ws(' ', t.title, t.body, t.outcome))) > 0
  ORDER BY t.at DESC, t.id DESC LIMIT {wanted}
) t ON true
LEFT JOIN (SELECT e.at, e.id FROM entry e ORDER BY e.at, e.id LIMIT 1) l ON true
ORDER BY t.at DESC, t.id DESC
