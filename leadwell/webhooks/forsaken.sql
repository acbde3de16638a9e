-- What: endpoints with a delivery due for a minute and no job that waits for them. Cost: two probes an endpoint. Index: webhook_deliveries_due, work_key.
SELECT e.id FROM webhook_endpoints e
WHERE e.workspace_id = $1 AND e.state = 'ENABLED' AND e.archived_at IS NULL AND (e.resting_until IS NULL OR e.resting_until < lw_clock($1))
  AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.workspace_id = $1 AND d.endpoint_id = e.id AND d.state = 'PENDING'
    AND d.due_at < (SELECT lw_clock($1)) - interval '1 minute')
  AND NOT EXISTS (SELECT FROM work w WHERE w.workspace_id = $1 AND w.kind = 'hook.deliver' AND w.key = e.id::text AND w.state = 'READY')
