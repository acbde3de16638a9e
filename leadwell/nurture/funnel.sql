-- What: people and mail of a sequence by step ($2; $3 narrows it to a version): who came, stands there, left there, and what became of the mail.
-- Cost: the enrollments of the sequence, an index probe each for steps and mail. Index: enrollments_sequence, enrollment_steps primary key, sends_step.
WITH who AS MATERIALIZED (
  SELECT e.id, e.state, e.step FROM enrollments e
  WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND ($3::uuid IS NULL OR e.version_id = $3)
), passed AS (
  SELECT x.step, count(DISTINCT x.enrollment_id) AS people FROM who w JOIN enrollment_steps x ON x.workspace_id = $1 AND x.enrollment_id = w.id GROUP BY x.step
), here AS (
  SELECT w.step, count(*) FILTER (WHERE w.state = 'ACTIVE') AS standing, count(*) FILTER (WHERE w.state = 'EXITED') AS exited FROM who w GROUP BY w.step
), mail AS (
  SELECT s.step, count(*) FILTER (WHERE s.state = 'SENT') AS sent, count(*) FILTER (WHERE s.state = 'SENT' AND s.bounced_at IS NULL) AS delivered,
    count(*) FILTER (WHERE s.opened_at IS NOT NULL) AS opened, count(*) FILTER (WHERE s.clicked_at IS NOT NULL) AS clicked,
    count(*) FILTER (WHERE s.replied_at IS NOT NULL) AS replied
  FROM who w JOIN sends s ON s.workspace_id = $1 AND s.enrollment_id = w.id GROUP BY s.step
), reached AS (
  SELECT x.step, count(DISTINCT x.enrollment_id) AS goals FROM who w
  JOIN enrollment_steps x ON x.workspace_id = $1 AND x.enrollment_id = w.id AND x.outcome = 'GOAL' GROUP BY x.step
)
SELECT k.step, coalesce(p.people, 0)::int + coalesce(h.standing, 0)::int AS entered, coalesce(h.standing, 0)::int AS standing,
  coalesce(h.exited, 0)::int AS exited, coalesce(m.sent, 0)::int AS sent, coalesce(m.delivered, 0)::int AS delivered, coalesce(m.opened, 0)::int AS opened,
  coalesce(m.clicked, 0)::int AS clicked, coalesce(m.replied, 0)::int AS replied, coalesce(g.goals, 0)::int AS goals
FROM (SELECT step FROM passed UNION SELECT step FROM here UNION SELECT step FROM mail) k
LEFT JOIN passed p ON p.step = k.step LEFT JOIN here h ON h.step = k.step LEFT JOIN mail m ON m.step = k.step LEFT JOIN reached g ON g.step = k.step
