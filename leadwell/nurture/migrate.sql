-- What: enrollments ($2) go from older versions to the live one ($8): to the step theirs becomes ($3, $4), a round further, due when the wait there is over
-- by the time they arrived; who would be due at once is let go at the ramp's pace ($10 an hour, $11 of them before). Mail that was planned is withheld.
-- Cost: a few index probes each. Index: enrollments primary key, sends_step.
WITH c AS MATERIALIZED (
  SELECT * FROM unnest($3::text[], $4::text[], $5::float8[], $6::timestamptz[], $7::boolean[]) AS c (step, next, seconds, until, again)
), going AS MATERIALIZED (
  SELECT e.id, e.step, e.visit, e.due_at, e.paused_at, c.next,
    CASE WHEN c.again THEN $9::timestamptz ELSE e.arrived_at END AS arrived, c.seconds, c.until
  FROM enrollments e JOIN c ON c.step = e.step
  WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) AND e.state = 'ACTIVE' AND NOT EXISTS (
    SELECT 1 FROM sends s WHERE s.workspace_id = $1 AND s.enrollment_id = e.id AND s.step = e.step AND s.visit = e.visit
      AND s.state NOT IN ('PLANNED', 'DEFERRED'))
), timed AS MATERIALIZED (
  SELECT g.*, CASE WHEN g.until IS NULL THEN g.arrived + make_interval(secs => g.seconds) ELSE g.until END AS at FROM going g
), ramped AS MATERIALIZED (
  SELECT t.*, t.at <= $9::timestamptz AS at_once,
    CASE WHEN t.at > $9::timestamptz THEN t.at WHEN $10::int IS NULL THEN $9::timestamptz
      ELSE $9::timestamptz + make_interval(secs => ($11::int + row_number() OVER (PARTITION BY t.at <= $9::timestamptz ORDER BY t.id) - 1) * 3600.0 / $10::int)
    END AS due
  FROM timed t
), withheld AS (
  UPDATE sends s SET state = 'SKIPPED', reason = 'STEP_PASSED', ended_at = $9::timestamptz, version = s.version + 1, updated_at = $9::timestamptz
  FROM ramped r WHERE s.workspace_id = $1 AND s.enrollment_id = r.id AND s.state IN ('PLANNED', 'DEFERRED')
), behind AS (
  INSERT INTO enrollment_steps (workspace_id, enrollment_id, step, visit, entered_at, left_at, outcome)
  SELECT $1, r.id, r.step, r.visit, least(r.arrived, $9::timestamptz), $9::timestamptz, 'MOVED' FROM ramped r ON CONFLICT DO NOTHING
), moved AS (
  UPDATE enrollments t SET version_id = $8, step = r.next, visit = t.visit + 1, arrived_at = r.arrived, awaits = NULL,
    due_at = CASE WHEN r.paused_at IS NULL THEN r.due END, resume_due_at = CASE WHEN r.paused_at IS NULL THEN NULL ELSE r.due END,
    version = t.version + 1, updated_at = $9::timestamptz
  FROM ramped r WHERE t.workspace_id = $1 AND t.id = r.id
  RETURNING r.at_once
)
SELECT count(*)::int AS moved, (count(*) FILTER (WHERE m.at_once))::int AS released FROM moved m
