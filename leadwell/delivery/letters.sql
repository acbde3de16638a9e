-- What: everything needed to render these sends. Cost: a few index probes a send. Index: primary keys, leads_person.
SELECT s.id, s.state, s.lease, s.mail_class, s.person_id, s.enrollment_id, s.topic_id, s.template_id, s.address, s.address_hash, s.message_id,
  s.sender_address, s.sender_name, k.kind AS topic_kind, k.name AS topic_name, t.subject, t.html, t.text, t.version AS template_version, t.parts,
  s.words_key_id, s.words_ciphertext, s.sender_id, sn.channel, sn.reply_to, sn.bounce_address, sn.tags_replies, sn.provider, sn.host, sn.port, sn.login,
  sn.security, sn.url, sn.secret_key_id, sn.secret_ciphertext, sn.dkim_domain, sn.dkim_selector, sn.dkim_key_id, sn.dkim_ciphertext,
  coalesce(sn.failures, 0) AS failures, sn.last_error, greatest(sn.retry_at - clock_timestamp(), interval '0') AS rests,
  b.message_id AS answers, b.subject AS answered_subject, coalesce(a.untracked, false) AS untracked,
  w.name AS workspace_name, w.outbound_epoch, w.settings,
  p.name AS person_name, p.first_name, p.last_name, p.prefix, p.phone, p.title, p.department, p.seniority, p.language, p.time_zone, p.city, p.region,
  p.country, n.title AS contact_title, c.website AS company_website, c.city AS company_city, c.country AS company_country,
  c.employees AS company_employees, CASE WHEN t.parts ? 'custom' OR s.words_ciphertext IS NOT NULL THEN jsonb_build_object(
    'person', lw_custom($1, p.id), 'lead', lw_custom($1, l.id), 'contact', lw_custom($1, n.id), 'company', lw_custom($1, c.id)) END AS custom,
  l.title AS lead_title, coalesce(c.name, l.company_name) AS company_name, l.company_name AS lead_company_name, l.need, l.interest,
  c.domain AS company_domain, coalesce(c.industry, l.industry) AS industry, u.name AS owner_name, u.email AS owner_email
FROM unnest($2::uuid[]) AS wanted (id)
JOIN sends s ON s.workspace_id = $1 AND s.id = wanted.id
LEFT JOIN people p ON p.workspace_id = $1 AND p.id = s.person_id
LEFT JOIN mail_addresses a ON a.workspace_id = $1 AND a.hash = s.address_hash
LEFT JOIN sends b ON b.workspace_id = $1 AND b.id = s.answers_id
CROSS JOIN lw_workspace($1) w
LEFT JOIN topics k ON k.workspace_id = $1 AND k.id = s.topic_id
LEFT JOIN templates t ON t.workspace_id = $1 AND t.id = s.template_id
LEFT JOIN senders sn ON sn.workspace_id = $1 AND sn.id = s.sender_id
LEFT JOIN LATERAL (
  SELECT x.id, x.title, x.company_name, x.need, x.interest, x.industry, x.company_id, x.owner_id FROM leads x
  WHERE x.workspace_id = $1 AND x.person_id = s.person_id ORDER BY (x.state = 'OPEN') DESC, x.created_at DESC LIMIT 1
) l ON true
LEFT JOIN contacts n ON n.workspace_id = $1 AND n.person_id = s.person_id AND n.archived_at IS NULL
LEFT JOIN companies c ON c.workspace_id = $1 AND c.id = CASE WHEN n.company_id IS NULL THEN l.company_id ELSE n.company_id END
LEFT JOIN users u ON u.workspace_id = $1 AND u.id = CASE WHEN n.owner_id IS NULL THEN l.owner_id ELSE n.owner_id END
