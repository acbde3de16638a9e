-- What: who got mail of two sequences within 24 hours, by the two sequences. Cost: a probe a mail. Index: sends_touches, enrollments primary key.
WITH mail AS MATERIALIZED (
  SELECT s.person_id, s.counted_at AS at, e.sequence_id FROM sends s JOIN enrollments e ON e.workspace_id = $1 AND e.id = s.enrollment_id
  WHERE s.workspace_id = $1 AND s.state = 'SENT' AND s.counted_at >= $2
), near AS MATERIALIZED (
  SELECT m.person_id, m.sequence_id, m.at, lag(m.sequence_id) OVER w AS before_id, lag(m.at) OVER w AS before_at
  FROM mail m WINDOW w AS (PARTITION BY m.person_id ORDER BY m.at, m.sequence_id)
)
SELECT least(a.name, b.name) AS one, greatest(a.name, b.name) AS other, count(DISTINCT n.person_id)::int AS people, count(*)::int AS times,
  (SELECT count(DISTINCT x.person_id)::int FROM near x WHERE x.before_id <> x.sequence_id AND x.at < x.before_at + interval '24 hours') AS everybody
FROM near n JOIN sequences a ON a.workspace_id = $1 AND a.id = n.sequence_id JOIN sequences b ON b.workspace_id = $1 AND b.id = n.before_id
WHERE n.before_id <> n.sequence_id AND n.at < n.before_at + interval '24 hours'
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 50
