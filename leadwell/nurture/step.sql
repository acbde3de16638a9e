-- What: one batch of due enrollments, locked; those at a wait that is over move by their version's table of moves ($4..$10), the others are handed out.
-- Whoever catches up (skip_until) moves by the time they were due. Cost: one update and, for a wait, one insert an enrollment. Index: enrollments_due.
WITH m AS MATERIALIZED (
  SELECT * FROM unnest($4::uuid[], $5::text[], $6::boolean[], $7::text[], $8::float8[], $9::timestamptz[], $10::boolean[])
    AS m (version_id, step, plain, next, seconds, until, back)
), due AS MATERIALIZED (
  SELECT e.id, e.version_id, e.step, e.visit, e.arrived_at, CASE WHEN e.skip_until > e.due_at THEN e.due_at ELSE $2::timestamptz END AS clock
  FROM enrollments e
  WHERE e.workspace_id = $1 AND e.state = 'ACTIVE' AND e.due_at <= $2 AND e.version_id = ANY($11::uuid[])
  ORDER BY e.due_at, e.id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
), moved AS (
  UPDATE enrollments t SET
    step = CASE WHEN m.next IS NULL THEN t.step ELSE m.next END,
    visit = t.visit + m.back::int,
    arrived_at = due.clock,
    due_at = CASE WHEN m.next IS NULL THEN NULL WHEN m.until IS NULL THEN due.clock + make_interval(secs => m.seconds)
      ELSE greatest(m.until, due.clock) END,
    state = CASE WHEN m.next IS NULL THEN 'COMPLETED' ELSE t.state END,
    ended_at = CASE WHEN m.next IS NULL THEN due.clock END,
    paused_at = NULL, paused_until = NULL, version = t.version + 1, updated_at = $2
  FROM due JOIN m ON m.version_id = due.version_id AND m.step = due.step AND m.plain
  WHERE t.workspace_id = $1 AND t.id = due.id
  RETURNING t.id, t.person_id, t.state, due.step, due.visit, due.arrived_at, due.clock
), behind AS (
  INSERT INTO enrollment_steps (workspace_id, enrollment_id, step, visit, entered_at, left_at, outcome)
  SELECT $1, w.id, w.step, w.visit, w.arrived_at, w.clock, 'WAITED' FROM moved w
)
SELECT (SELECT count(*) FROM due) AS taken,
  (SELECT coalesce(array_agg(d.id), '{}') FROM due d JOIN m ON m.version_id = d.version_id AND m.step = d.step AND NOT m.plain) AS standing,
  coalesce(array_agg(r.id) FILTER (WHERE r.state = 'COMPLETED'), '{}') AS completed,
  coalesce(array_agg(r.person_id) FILTER (WHERE r.state = 'COMPLETED'), '{}') AS completed_people
FROM moved r
