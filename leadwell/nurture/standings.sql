-- What: people under way in older versions of a sequence by step, and how many of those who wait now would be due at once in the step that theirs becomes
-- ($4 with the span or instant people wait there). Cost: one index range. Index: enrollments_active.
SELECT e.step, count(*)::int AS people,
  (count(*) FILTER (WHERE c.step IS NOT NULL AND e.due_at > $3::timestamptz
    AND CASE WHEN c.until IS NULL THEN e.arrived_at + make_interval(secs => c.seconds) ELSE c.until END <= $3::timestamptz))::int AS released
FROM enrollments e
LEFT JOIN unnest($4::text[], $5::float8[], $6::timestamptz[]) AS c (step, seconds, until) ON c.step = e.step
WHERE e.workspace_id = $1 AND e.sequence_id = $2 AND e.state = 'ACTIVE'
GROUP BY e.step ORDER BY e.step
