-- What: how many mails left in each hour since $2 from each sender, with the first and last of all. Cost: one row a mail. Index: sends by person.
SELECT date_trunc('hour', s.sending_at) AS at, s.sender_address AS sender, count(*)::int AS sends, min(s.sending_at) AS first, max(s.sending_at) AS last
FROM sends s WHERE s.workspace_id = $1 AND s.state IN ('SENT', 'REJECTED') AND s.sending_at >= $2 GROUP BY 1, 2 ORDER BY 1, 2
