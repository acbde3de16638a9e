-- What: moves enrollments from a step to where it leads (NULL: through); whoever is paused stays paused there. Cost: one update and one insert each.
-- Index: enrollments primary key.
WITH g AS (
  SELECT * FROM unnest($2::uuid[], $3::text[], $4::int[], $5::timestamptz[], $6::text[], $7::timestamptz[], $8::boolean[])
    AS g (id, next, visit, due_at, outcome, clock, goal)
), behind AS (
  INSERT INTO enrollment_steps (workspace_id, enrollment_id, step, visit, entered_at, left_at, outcome)
  SELECT $1, e.id, e.step, e.visit, e.arrived_at, g.clock, g.outcome FROM g JOIN enrollments e ON e.workspace_id = $1 AND e.id = g.id
  ON CONFLICT DO NOTHING
)
UPDATE enrollments t SET step = coalesce(g.next, t.step), visit = CASE WHEN g.next IS NULL THEN t.visit ELSE g.visit END, arrived_at = g.clock, awaits = NULL,
  due_at = CASE WHEN t.paused_at IS NULL OR t.paused_until <= $9::timestamptz THEN g.due_at WHEN t.paused_until IS NULL THEN NULL
    ELSE greatest(g.due_at, t.paused_until) END,
  resume_due_at = CASE WHEN t.paused_at IS NULL OR t.paused_until <= $9::timestamptz THEN NULL ELSE g.due_at END,
  paused_at = CASE WHEN t.paused_until <= $9::timestamptz THEN NULL ELSE t.paused_at END,
  paused_until = CASE WHEN t.paused_until <= $9::timestamptz THEN NULL ELSE t.paused_until END,
  state = CASE WHEN g.next IS NULL THEN 'COMPLETED' ELSE 'ACTIVE' END, ended_at = CASE WHEN g.next IS NULL THEN g.clock END,
  goal_at = CASE WHEN g.goal THEN coalesce(t.goal_at, g.clock) ELSE t.goal_at END, version = t.version + 1, updated_at = $9::timestamptz
FROM g WHERE t.workspace_id = $1 AND t.id = g.id AND t.state = 'ACTIVE'
