-- What: whose clock counts for the people of enrollments ($2): their own, their company's, the sender's, the workspace's; and the window of the sequence.
-- Cost: a few index probes each. Index: primary keys, contacts_person, leads_person.
SELECT e.id, p.time_zone AS person_zone, c.time_zone AS company_zone, u.time_zone AS sender_zone, w.time_zone AS workspace_zone, q.window_id
FROM enrollments e
JOIN people p ON p.workspace_id = $1 AND p.id = e.person_id
JOIN sequences q ON q.workspace_id = $1 AND q.id = e.sequence_id
CROSS JOIN lw_workspace($1) w
LEFT JOIN senders s ON s.workspace_id = $1 AND s.id = q.sender_id
LEFT JOIN users u ON u.workspace_id = $1 AND u.id = s.owner_id
LEFT JOIN contacts n ON n.workspace_id = $1 AND n.person_id = e.person_id AND n.archived_at IS NULL
LEFT JOIN LATERAL (
  SELECT l.company_id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = e.person_id ORDER BY (l.state = 'OPEN') DESC, l.created_at DESC LIMIT 1
) l ON true
LEFT JOIN companies c ON c.workspace_id = $1 AND c.id = CASE WHEN n.company_id IS NULL THEN l.company_id ELSE n.company_id END
WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[])
