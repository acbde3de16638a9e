-- What: to whom, at which address and from whom the e-mail steps of these enrollments go. Cost: a few index probes each. Index: primary keys, person_emails_primary.
SELECT e.id, e.person_id, e.version_id, e.step, e.visit, q.topic_id, q.sender_id, a.normalized, a.address
FROM unnest($2::uuid[]) AS wanted (id)
JOIN enrollments e ON e.workspace_id = $1 AND e.id = wanted.id
JOIN sequences q ON q.workspace_id = $1 AND q.id = e.sequence_id
LEFT JOIN person_emails a ON a.workspace_id = $1 AND a.person_id = e.person_id AND a.is_primary AND a.is_valid
