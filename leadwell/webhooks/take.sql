-- What: takes what an endpoint is due, oldest first, under a lease: at most $3, and with what is being posted already at most $4 at once.
-- Cost: the rows taken, past the few in hand. Index: webhook_deliveries_due, webhook_deliveries_posted.
WITH due AS (
  SELECT d.id FROM webhook_deliveries d
  WHERE d.workspace_id = $1 AND d.endpoint_id = $2 AND d.state = 'PENDING' AND d.body IS NOT NULL AND d.due_at <= (SELECT lw_clock($1))
    AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp())
  ORDER BY d.due_at, d.id
  LIMIT greatest(0, least($3::int, $4::int - (SELECT count(*)::int FROM webhook_deliveries p
    WHERE p.workspace_id = $1 AND p.endpoint_id = $2 AND p.state = 'PENDING' AND p.lease_until > clock_timestamp())))
  FOR UPDATE SKIP LOCKED
)
UPDATE webhook_deliveries t SET lease_until = clock_timestamp() + make_interval(secs => $5)
FROM due WHERE t.workspace_id = $1 AND t.id = due.id
RETURNING t.id, t.body, t.attempts
