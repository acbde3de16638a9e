-- What: mail that waits or is due, counted by sender, by the reader's domain or by sequence, and by reason. Looks at $3 mails at most.
-- Cost: one row each. Index: sends_open.
WITH waiting AS MATERIALIZED (
  SELECT s.sender_address, s.address, s.enrollment_id, s.mail_class, s.reason, s.due_at FROM sends s
  WHERE s.workspace_id = $1 AND s.state IN ('PLANNED', 'DEFERRED') LIMIT $3
)
SELECT CASE $2::text WHEN 'SENDER' THEN lower(x.sender_address) WHEN 'DOMAIN' THEN lower(split_part(x.address, '@', 2)) ELSE coalesce(q.name, x.mail_class) END AS key,
  CASE WHEN $2::text = 'SEQUENCE' THEN q.id END AS sequence_id,
  CASE WHEN x.due_at > $4 THEN coalesce(x.reason, 'RETRY') END AS reason, count(*)::int AS waiting, min(x.due_at) AS next_at, max(x.due_at) AS last_at
FROM waiting x
LEFT JOIN enrollments e ON e.workspace_id = $1 AND e.id = x.enrollment_id AND $2::text = 'SEQUENCE'
LEFT JOIN sequences q ON q.workspace_id = $1 AND q.id = e.sequence_id
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1
