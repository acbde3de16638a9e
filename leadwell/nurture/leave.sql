-- What: ends enrollments, in one order. Cost: one update and one insert each. Index: enrollments primary key.
WITH gone AS MATERIALIZED (
  SELECT e.id, e.step, e.visit, e.arrived_at FROM enrollments e
  WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) AND e.state = 'ACTIVE' ORDER BY e.id FOR NO KEY UPDATE
), behind AS (
  INSERT INTO enrollment_steps (workspace_id, enrollment_id, step, visit, entered_at, left_at, outcome)
  SELECT $1, g.id, g.step, g.visit, g.arrived_at, $4::timestamptz, 'EXITED' FROM gone g ON CONFLICT DO NOTHING
)
UPDATE enrollments t SET state = 'EXITED', exit_reason = $3, ended_at = $4::timestamptz, due_at = NULL, awaits = NULL, paused_at = NULL, paused_until = NULL,
  goal_at = CASE WHEN $3 = 'GOAL' THEN coalesce(t.goal_at, $4::timestamptz) ELSE t.goal_at END, version = t.version + 1, updated_at = $4::timestamptz
FROM gone WHERE t.workspace_id = $1 AND t.id = gone.id
RETURNING t.id, t.person_id, t.sequence_id, t.version
