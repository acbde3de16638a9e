-- What: claims due jobs of one workspace, queue and priority, of known kinds ($5) and payload versions ($6).
-- Cost: one probe and one update a row, however many wait. Index: work_ready, walked in its order (every test is scalar, so nothing is sorted).
WITH due AS (
  SELECT w.id FROM work w
  WHERE w.workspace_id = $1 AND w.queue = $2 AND w.priority = $3 AND w.state = 'READY' AND w.run_at <= (SELECT lw_clock($1)) AND (w.crashes > 0) = $9
    AND w.payload_version <= ($6::int[])[array_position($5::text[], w.kind)]
  ORDER BY w.run_at, w.id LIMIT $4
  FOR UPDATE SKIP LOCKED
)
UPDATE work t SET state = 'RUNNING', lease = $7, lease_until = clock_timestamp() + make_interval(secs => $8), attempts = t.attempts + 1
FROM due WHERE t.workspace_id = $1 AND t.id = due.id
RETURNING t.id, t.queue, t.kind, t.key, t.payload, t.payload_version, t.attempts, t.crashes, t.max_attempts, t.run_at, t.lease
