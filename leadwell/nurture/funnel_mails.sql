-- What: what became of the people who got each template of the e-mails with variants ($4) of a sequence, by what they did with that mail, and goals and exits since.
-- Cost: the enrollments of the sequence, an index probe each for mail. Index: enrollments_sequence, sends_step.
SELECT s.step, s.template_id::text AS variant, count(DISTINCT s.person_id)::int AS people, count(*) FILTER (WHERE s.state = 'SENT')::int AS sent,
  count(*) FILTER (WHERE s.state = 'SENT' AND s.bounced_at IS NULL)::int AS delivered, count(DISTINCT s.person_id) FILTER (WHERE s.opened_at IS NOT NULL)::int AS opened,
  count(DISTINCT s.person_id) FILTER (WHERE s.clicked_at IS NOT NULL)::int AS clicked, count(DISTINCT s.person_id) FILTER (WHERE s.replied_at IS NOT NULL)::int AS replied,
  count(DISTINCT s.person_id) FILTER (WHERE e.state = 'EXITED')::int AS exited, count(DISTINCT s.person_id) FILTER (WHERE e.goal_at >= s.planned_at)::int AS goals
FROM enrollments e
JOIN sends s ON s.workspace_id = $1 AND s.enrollment_id = e.id AND s.step = ANY($4::text[])
WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND ($3::uuid IS NULL OR e.version_id = $3)
GROUP BY s.step, s.template_id ORDER BY s.step, s.template_id
