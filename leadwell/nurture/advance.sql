-- What: enrollments that still stand where these sends were planned, locked in order. Cost: two index probes a send. Index: sends primary key, enrollments primary key.
SELECT s.enrollment_id, s.state, s.reason, e.step, e.visit, e.person_id, e.sequence_id, e.version_id, e.arrived_at
FROM sends s
JOIN enrollments e ON e.workspace_id = $1 AND e.id = s.enrollment_id AND e.step = s.step AND e.visit = s.visit
WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[]) AND s.state IN ('SENT', 'REJECTED', 'SKIPPED') AND e.state = 'ACTIVE' AND e.due_at IS NULL
ORDER BY e.id FOR NO KEY UPDATE OF e
