-- What: renews leases still held under this token. Cost: one update a row. Index: work primary key.
UPDATE work t SET lease_until = clock_timestamp() + make_interval(secs => $4)
WHERE t.workspace_id = $1 AND t.id = ANY($2::uuid[]) AND t.lease = $3 AND t.state = 'RUNNING'
RETURNING t.id, t.cancel_requested
