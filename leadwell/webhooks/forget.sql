-- What: deletes deliveries from before $2 that are over, a batch ($3) at a time. Cost: the batch. Index: webhook_deliveries_over.
DELETE FROM webhook_deliveries t WHERE t.workspace_id = $1 AND t.id IN (
  SELECT d.id FROM webhook_deliveries d WHERE d.workspace_id = $1 AND d.state <> 'PENDING' AND d.created_at < $2 ORDER BY d.created_at LIMIT $3)
