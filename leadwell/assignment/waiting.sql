-- What: leads that wait in queues which share out by themselves, the oldest $2 of each queue. Cost: as many as answered. Index: leads_waiting.
SELECT l.id FROM lead_queues q CROSS JOIN LATERAL (
  SELECT x.id, x.created_at FROM leads x
  WHERE x.workspace_id = $1 AND x.queue_id = q.id AND x.owner_id IS NULL AND x.state = 'OPEN' AND x.archived_at IS NULL ORDER BY x.created_at, x.id LIMIT $2
) l
WHERE q.workspace_id = $1 AND q.strategy <> 'CLAIM' AND q.archived_at IS NULL ORDER BY l.created_at, l.id
