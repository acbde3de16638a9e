-- What: by step of the sequence ($2), how enrollments begun since ($3) left it, and how many stand there. Cost: a row a visit. Index: enrollment_steps primary key.
WITH ours AS MATERIALIZED (
  SELECT e.id, e.step, e.state FROM enrollments e WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND e.created_at >= $3
)
SELECT t.step, coalesce(t.outcome, 'LEFT') AS outcome, count(*)::int AS people FROM ours o
JOIN enrollment_steps t ON t.workspace_id = $1 AND t.enrollment_id = o.id GROUP BY 1, 2
UNION ALL
SELECT o.step, 'STANDING', count(*)::int FROM ours o WHERE o.state = 'ACTIVE' GROUP BY 1
ORDER BY 1, 2
