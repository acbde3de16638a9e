-- What: what time and pressure ask about these sends: whose clock, which window, which buckets, and the latest touches up to $8 ($3, $4: since when and
-- how many of the person, those that sellers wrote in their own mail program among them; $5, $6: of the company). Cost: some twelve index probes a send.
-- Index: primary keys, leads_person, sends_touches, activity_participants_person, sends_company_touches.
SELECT s.id, s.mail_class, s.person_id, lower(s.sender_address) AS sender, lower(split_part(s.address, '@', 2)) AS domain, s.due_at,
  CASE WHEN s.window_id IS NULL THEN q.window_id ELSE s.window_id END AS window_id, c.id AS company_id, a.paused_until,
  p.time_zone AS person_zone, c.time_zone AS company_zone, u.time_zone AS sender_zone,
  ARRAY(SELECT t.at FROM (
    (SELECT x.counted_at AS at FROM sends x WHERE x.workspace_id = $1 AND x.person_id = s.person_id AND x.counted_at > $3 AND x.mail_class = ANY($7::text[])
      ORDER BY x.counted_at DESC LIMIT $4)
    UNION ALL
    (SELECT o.at FROM activity_participants o JOIN activities v ON v.workspace_id = $1 AND v.id = o.activity_id
      WHERE o.workspace_id = $1 AND o.person_id = s.person_id AND o.kind = 'EMAIL' AND o.role = 'TO' AND o.at > $3 AND o.at <= $8 AND v.user_id IS NOT NULL
        AND v.send_id IS NULL AND NOT v.automated ORDER BY o.at DESC LIMIT $4)
  ) t ORDER BY t.at DESC LIMIT $4) AS person_touches,
  ARRAY(SELECT x.counted_at FROM sends x WHERE x.workspace_id = $1 AND x.company_id = c.id AND x.counted_at > $5 AND x.mail_class = ANY($7::text[])
    ORDER BY x.counted_at DESC LIMIT $6) AS company_touches
FROM unnest($2::uuid[]) AS wanted (id)
JOIN sends s ON s.workspace_id = $1 AND s.id = wanted.id
LEFT JOIN people p ON p.workspace_id = $1 AND p.id = s.person_id
LEFT JOIN enrollments e ON e.workspace_id = $1 AND e.id = s.enrollment_id
LEFT JOIN sequences q ON q.workspace_id = $1 AND q.id = e.sequence_id
LEFT JOIN senders sn ON sn.workspace_id = $1 AND sn.id = s.sender_id
LEFT JOIN users u ON u.workspace_id = $1 AND u.id = sn.owner_id
LEFT JOIN mail_addresses a ON a.workspace_id = $1 AND a.hash = s.address_hash
LEFT JOIN contacts n ON n.workspace_id = $1 AND n.person_id = s.person_id AND n.archived_at IS NULL
LEFT JOIN LATERAL (
  SELECT l.company_id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = s.person_id ORDER BY (l.state = 'OPEN') DESC, l.created_at DESC LIMIT 1
) l ON true
LEFT JOIN companies c ON c.workspace_id = $1 AND c.id = CASE WHEN n.company_id IS NULL THEN l.company_id ELSE n.company_id END
