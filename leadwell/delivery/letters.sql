-- What: everything needed to render these sends. Cost: a few index probes a send. Index: primary keys, leads_person.
SELECT s.id, s.state, s.lease, s.mail_class, s.person_id, s.enrollment_id, s.topic_id, s.template_id, s.address, s.address_hash, s.message_id,
  s.sender_address, s.sender_name, k.kind AS topic_kind, k.name AS topic_name, t.subject, t.html, t.text, t.version AS template_version,
  sn.reply_to, w.name AS workspace_name, w.outbound_epoch,
  p.name AS person_name, p.first_name, p.last_name, p.title, p.department, p.language, p.city, p.country,
  l.title AS lead_title, coalesce(c.name, l.company_name) AS company_name, l.company_name AS lead_company_name, l.need, l.interest,
  c.domain AS company_domain, coalesce(c.industry, l.industry) AS industry, u.name AS owner_name, u.email AS owner_email
FROM unnest($2::uuid[]) AS wanted (id)
JOIN sends s ON s.workspace_id = $1 AND s.id = wanted.id
JOIN people p ON p.workspace_id = $1 AND p.id = s.person_id
CROSS JOIN lw_workspace($1) w
LEFT JOIN topics k ON k.workspace_id = $1 AND k.id = s.topic_id
LEFT JOIN templates t ON t.workspace_id = $1 AND t.id = s.template_id
LEFT JOIN LATERAL (
  SELECT x.reply_to FROM senders x WHERE x.workspace_id = $1 AND x.address = s.sender_address AND x.archived_at IS NULL ORDER BY x.id LIMIT 1
) sn ON true
LEFT JOIN LATERAL (
  SELECT x.title, x.company_name, x.need, x.interest, x.industry, x.company_id, x.owner_id FROM leads x
  WHERE x.workspace_id = $1 AND x.person_id = s.person_id ORDER BY (x.state = 'OPEN') DESC, x.created_at DESC LIMIT 1
) l ON true
LEFT JOIN contacts n ON n.workspace_id = $1 AND n.person_id = s.person_id AND n.archived_at IS NULL
LEFT JOIN companies c ON c.workspace_id = $1 AND c.id = CASE WHEN n.company_id IS NULL THEN l.company_id ELSE n.company_id END
LEFT JOIN users u ON u.workspace_id = $1 AND u.id = CASE WHEN n.owner_id IS NULL THEN l.owner_id ELSE n.owner_id END
