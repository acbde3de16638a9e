-- What: what decides whether people may enter a sequence ($3), at a time ($4). Cost: some sixteen index probes a person. Index: people, leads_person,
-- person_emails_primary, contacts_person, enrollments_person, sends_person, activity_participants_kind, activity_participants_person, sequence_blocks.
SELECT wanted.id AS wanted, p.id, p.archived_at IS NOT NULL AS archived, p.merged_into, e.address, e.normalized,
  EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.person_id = p.id AND l.state = 'OPEN' AND l.archived_at IS NULL) AS is_lead,
  EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.person_id = p.id AND l.state = 'JUNK') AS was_junk,
  EXISTS (SELECT 1 FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = p.id AND c.archived_at IS NULL) AS is_contact,
  EXISTS (SELECT 1 FROM enrollments n WHERE n.workspace_id = $1 AND n.person_id = p.id AND n.sequence_id = $3 AND n.state = 'ACTIVE') AS is_in,
  (SELECT max(n.ended_at) FROM enrollments n WHERE n.workspace_id = $1 AND n.person_id = p.id AND n.sequence_id = $3 AND n.state <> 'ACTIVE') AS left_at,
  EXISTS (SELECT 1 FROM sequence_blocks b WHERE b.workspace_id = $1 AND b.sequence_id = $3 AND b.person_id = p.id) AS blocked,
  greatest(
    (SELECT max(s.sending_at) FROM sends s WHERE s.workspace_id = $1 AND s.person_id = p.id AND s.state = 'SENT' AND s.planned_at > $4::timestamptz - interval '62 days'),
    (SELECT max(a.at) FROM activity_participants a WHERE a.workspace_id = $1 AND a.person_id = p.id AND a.kind IN ('CALL', 'MEETING') AND a.at <= $4),
    (SELECT max(a.at) FROM activity_participants a WHERE a.workspace_id = $1 AND a.person_id = p.id AND a.kind = 'EMAIL' AND a.role = 'TO'
      AND a.at BETWEEN $4::timestamptz - interval '62 days' AND $4)
  ) AS touched_at
FROM unnest($2::uuid[]) AS wanted (id)
LEFT JOIN redirects r ON r.workspace_id = $1 AND r.noun = 'Person' AND r.old_id = wanted.id
LEFT JOIN people p ON p.workspace_id = $1 AND p.id = CASE WHEN r.new_id IS NULL THEN wanted.id ELSE r.new_id END
LEFT JOIN person_emails e ON e.workspace_id = $1 AND e.person_id = p.id AND e.is_primary AND e.is_valid
