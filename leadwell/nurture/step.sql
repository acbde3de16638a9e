-- What: one batch of due enrollments moves by its version's table of moves ($4..$8): waits that are over lead on, e-mails wait for their outcome.
-- Cost: one update and, for a wait, one insert an enrollment. Index: enrollments_due.
WITH m AS MATERIALIZED (
  SELECT * FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::float8[]) AS m (version_id, step, kind, next, seconds)
), due AS MATERIALIZED (
  SELECT e.id, e.version_id, e.step, e.visit, e.updated_at FROM enrollments e
  WHERE e.workspace_id = $1 AND e.state = 'ACTIVE' AND e.due_at <= $2 AND e.version_id = ANY($9::uuid[])
  ORDER BY e.due_at, e.id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
), moved AS (
  UPDATE enrollments t SET
    step = CASE WHEN m.kind = 'WAIT' THEN coalesce(m.next, t.step) ELSE t.step END,
    visit = CASE WHEN m.kind = 'WAIT' AND m.next IS NOT NULL THEN 1 ELSE t.visit END,
    due_at = CASE WHEN m.kind = 'WAIT' AND m.next IS NOT NULL THEN $2 + make_interval(secs => m.seconds) END,
    state = CASE WHEN m.kind = 'WAIT' AND m.next IS NULL THEN 'COMPLETED' ELSE t.state END,
    ended_at = CASE WHEN m.kind = 'WAIT' AND m.next IS NULL THEN $2 END,
    version = t.version + 1, updated_at = CASE WHEN m.kind = 'WAIT' THEN $2 ELSE t.updated_at END
  FROM due JOIN m ON m.version_id = due.version_id AND m.step = due.step
  WHERE t.workspace_id = $1 AND t.id = due.id
  RETURNING t.id, t.person_id, t.version_id, t.state, m.kind, due.step, due.visit, due.updated_at AS entered_at
), behind AS (
  INSERT INTO enrollment_steps (workspace_id, enrollment_id, step, visit, entered_at, left_at, outcome)
  SELECT $1, w.id, w.step, w.visit, w.entered_at, $2, 'WAITED' FROM moved w WHERE w.kind = 'WAIT'
)
SELECT count(*) AS moved,
  coalesce(array_agg(r.id) FILTER (WHERE r.kind = 'EMAIL'), '{}') AS mailing,
  coalesce(array_agg(r.id) FILTER (WHERE r.state = 'COMPLETED'), '{}') AS completed,
  coalesce(array_agg(r.person_id) FILTER (WHERE r.state = 'COMPLETED'), '{}') AS completed_people
FROM moved r
