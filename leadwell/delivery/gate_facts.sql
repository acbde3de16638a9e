-- What: what the gate asks about the people and addresses of these sends, which it has locked. Cost: three index probes a send. Index: primary keys, person_emails_person.
SELECT s.id, s.state, s.lease, s.mail_class, s.person_id, s.address_hash, s.topic_id, s.enrollment_id, s.step, s.visit, s.due_at,
  p.archived_at IS NOT NULL AS archived, p.merged_into IS NOT NULL AS merged, a.paused_until,
  ARRAY(SELECT e.normalized FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = s.person_id AND e.is_valid
    UNION ALL SELECT n.e164 FROM person_phones n WHERE n.workspace_id = $1 AND n.person_id = s.person_id AND n.is_valid AND n.e164 IS NOT NULL) AS addresses
FROM unnest($2::uuid[]) AS wanted (id)
JOIN sends s ON s.workspace_id = $1 AND s.id = wanted.id
LEFT JOIN people p ON p.workspace_id = $1 AND p.id = s.person_id
LEFT JOIN mail_addresses a ON a.workspace_id = $1 AND a.hash = s.address_hash
