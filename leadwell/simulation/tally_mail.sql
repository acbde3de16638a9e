-- What: what became of mail planned since $3, by step, and whether it is of the sequence $2. Cost: one row a mail. Index: enrollments primary key.
SELECT s.step, e.sequence_id = $2 AS ours, s.state, s.reason, count(*)::int AS sends, count(s.opened_at)::int AS opened, count(s.clicked_at)::int AS clicked,
  count(s.replied_at)::int AS replied
FROM sends s JOIN enrollments e ON e.workspace_id = $1 AND e.id = s.enrollment_id
WHERE s.workspace_id = $1 AND s.planned_at >= $3 GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4
