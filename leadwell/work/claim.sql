-- What: claims due jobs of one workspace and queue. Cost: one probe and one update a row. Index: work_claim.
WITH due AS (
  SELECT w.id FROM work w
  WHERE w.workspace_id = $1 AND w.queue = $2 AND w.state = 'READY' AND w.run_at <= $3 AND (w.crashes > 0) = $9
    AND EXISTS (SELECT 1 FROM unnest($5::text[], $6::int[]) AS k (kind, version) WHERE k.kind = w.kind AND w.payload_version <= k.version)
  ORDER BY w.priority, w.run_at, w.id LIMIT $4
  FOR UPDATE SKIP LOCKED
)
UPDATE work t SET state = 'RUNNING', lease = $7, lease_until = clock_timestamp() + make_interval(secs => $8), attempts = t.attempts + 1
FROM due WHERE t.workspace_id = $1 AND t.id = due.id
RETURNING t.id, t.queue, t.kind, t.key, t.payload, t.payload_version, t.attempts, t.crashes, t.max_attempts, t.run_at, t.lease
