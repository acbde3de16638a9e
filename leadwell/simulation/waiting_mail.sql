-- What: mail of a rehearsal that is due by its clock ($2), as the gate asks for it, at most $3. Cost: two index probes each. Index: sends_open.
SELECT s.id, s.state, s.lease, s.mail_class, s.person_id, s.address_hash, s.topic_id, s.enrollment_id, s.step, s.visit, e.sequence_id
FROM sends s LEFT JOIN enrollments e ON e.workspace_id = $1 AND e.id = s.enrollment_id
WHERE s.workspace_id = $1 AND s.state IN ('PLANNED', 'DEFERRED') AND (s.due_at IS NULL OR s.due_at <= $2) ORDER BY s.planned_at, s.id LIMIT $3
