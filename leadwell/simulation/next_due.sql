-- What: when the next step of a sequence and the next mail are due. Cost: two index probes. Index: enrollments_due, sends_waiting.
SELECT (SELECT e.due_at FROM enrollments e WHERE e.workspace_id = $1 AND e.state = 'ACTIVE' AND e.due_at IS NOT NULL ORDER BY e.due_at, e.id LIMIT 1) AS step,
  (SELECT s.due_at FROM sends s WHERE s.workspace_id = $1 AND s.state IN ('PLANNED', 'DEFERRED') AND s.due_at IS NOT NULL ORDER BY s.due_at LIMIT 1) AS mail
