-- What: what became of the people of each part of the splits ($4) of a sequence, from the split on: people with mail, opens, clicks, answers, a goal, an exit.
-- Cost: the enrollments of the sequence, an index probe each for steps and mail. Index: enrollments_sequence, enrollment_steps primary key, sends_step.
SELECT x.step, x.outcome AS variant, count(*)::int AS people, count(*) FILTER (WHERE m.sent > 0)::int AS sent,
  count(*) FILTER (WHERE m.delivered > 0)::int AS delivered, count(*) FILTER (WHERE m.opened > 0)::int AS opened,
  count(*) FILTER (WHERE m.clicked > 0)::int AS clicked, count(*) FILTER (WHERE m.replied > 0)::int AS replied,
  count(*) FILTER (WHERE e.state = 'EXITED')::int AS exited, count(*) FILTER (WHERE e.goal_at >= x.left_at)::int AS goals
FROM enrollments e
JOIN LATERAL (
  SELECT DISTINCT ON (y.step) y.step, y.outcome, y.left_at FROM enrollment_steps y
  WHERE y.workspace_id = $1 AND y.enrollment_id = e.id AND y.step = ANY($4::text[]) ORDER BY y.step, y.visit
) x ON true
LEFT JOIN LATERAL (
  SELECT count(*) FILTER (WHERE s.state = 'SENT') AS sent, count(*) FILTER (WHERE s.state = 'SENT' AND s.bounced_at IS NULL) AS delivered,
    count(s.opened_at) AS opened, count(s.clicked_at) AS clicked, count(s.replied_at) AS replied
  FROM sends s WHERE s.workspace_id = $1 AND s.enrollment_id = e.id AND s.planned_at >= x.left_at
) m ON true
WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND ($3::uuid IS NULL OR e.version_id = $3)
GROUP BY x.step, x.outcome ORDER BY x.step, x.outcome
