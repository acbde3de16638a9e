-- What: how many mails of each variant left and how many readers did what is measured. Cost: the broadcast's recipients. Index: broadcast_recipients primary key.
SELECT r.variant, count(*) FILTER (WHERE s.state = 'SENT') AS sent, count(*) FILTER (WHERE s.state = 'SENT' AND s.{column} IS NOT NULL) AS reached
FROM broadcast_recipients r JOIN sends s ON s.workspace_id = $1 AND s.id = r.send_id
WHERE r.workspace_id = $1 AND r.broadcast_id = $2 GROUP BY r.variant ORDER BY r.variant
