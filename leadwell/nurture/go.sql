-- What: moves enrollments from a step with a recorded outcome to where it leads (NULL: through). Cost: one update and one insert each. Index: enrollments primary key.
WITH g AS (
  SELECT * FROM unnest($2::uuid[], $3::text[], $4::int[], $5::timestamptz[], $6::text[]) AS g (id, next, visit, due_at, outcome)
), behind AS (
  INSERT INTO enrollment_steps (workspace_id, enrollment_id, step, visit, entered_at, left_at, outcome)
  SELECT $1, e.id, e.step, e.visit, e.updated_at, $7::timestamptz, g.outcome FROM g JOIN enrollments e ON e.workspace_id = $1 AND e.id = g.id
  ON CONFLICT DO NOTHING
)
UPDATE enrollments t SET step = coalesce(g.next, t.step), visit = CASE WHEN g.next IS NULL THEN t.visit ELSE g.visit END, due_at = g.due_at,
  state = CASE WHEN g.next IS NULL THEN 'COMPLETED' ELSE 'ACTIVE' END, ended_at = CASE WHEN g.next IS NULL THEN $7::timestamptz END,
  version = t.version + 1, updated_at = $7::timestamptz
FROM g WHERE t.workspace_id = $1 AND t.id = g.id AND t.state = 'ACTIVE'
