-- What: how the people of a rehearsal came out of the sequence ($2), those who are still in it too. Cost: one row each. Index: enrollments_person.
SELECT CASE WHEN e.state = 'ACTIVE' THEN 'STILL_IN' WHEN e.goal_at IS NOT NULL THEN 'GOAL' WHEN e.state = 'COMPLETED' THEN 'COMPLETED'
  ELSE coalesce(e.exit_reason, 'EXITED') END AS reason, count(*)::int AS people
FROM enrollments e WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND e.created_at >= $3 GROUP BY 1 ORDER BY 2 DESC, 1
