-- What: when each endpoint ($2) has something to send next; what is being posted is looked after already, and while
-- as many are as may be ($3: failures from which that is one, $4 at once) it is looked again in a moment. Cost: a probe an endpoint, past the few rows in hand.
-- Index: webhook_deliveries_due, webhook_deliveries_posted.
SELECT e.id, greatest(d.due_at, e.resting_until, CASE WHEN p.posts >= CASE WHEN e.failures >= $3 THEN 1 ELSE $4::int END
  THEN (SELECT lw_clock($1)) + interval '2 seconds' END) AS at
FROM webhook_endpoints e CROSS JOIN LATERAL (
  SELECT x.due_at FROM webhook_deliveries x WHERE x.workspace_id = $1 AND x.endpoint_id = e.id AND x.state = 'PENDING'
    AND (x.lease_until IS NULL OR x.lease_until < clock_timestamp()) ORDER BY x.due_at, x.id LIMIT 1
) d CROSS JOIN LATERAL (
  SELECT count(*)::int AS posts FROM webhook_deliveries y WHERE y.workspace_id = $1 AND y.endpoint_id = e.id AND y.state = 'PENDING'
    AND y.lease_until > clock_timestamp()
) p
WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) AND e.state = 'ENABLED' AND e.archived_at IS NULL
