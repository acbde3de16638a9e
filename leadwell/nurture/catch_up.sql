-- What: everybody of a sequence who was due while it was paused: lets them go without their mail ($4), or at a pace ($5 an hour). Cost: one update each.
-- Index: enrollments_active, enrollments primary key.
UPDATE enrollments t SET skip_until = CASE WHEN $4 THEN $3::timestamptz ELSE t.skip_until END,
  due_at = CASE WHEN $4 THEN t.due_at ELSE $3::timestamptz + make_interval(secs => d.place * 3600.0 / $5::int) END, updated_at = $3::timestamptz
FROM (
  SELECT e.id, row_number() OVER (ORDER BY e.due_at, e.id) - 1 AS place FROM enrollments e
  WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND e.state = 'ACTIVE' AND e.due_at <= $3::timestamptz
) d
WHERE t.workspace_id = $1 AND t.id = d.id
