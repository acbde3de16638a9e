-- What: puts jobs off: those in hand under a lease (a try that costs no attempt), and ready ones (no lease). A ready twin will do it: dropped.
-- Cost: one update and one probe a row. Index: work primary key, work_key.
UPDATE work t SET
  state = CASE WHEN t.cancel_requested THEN 'CANCELED'
    WHEN g.lease IS NOT NULL AND EXISTS (
      SELECT 1 FROM work twin WHERE twin.workspace_id = $1 AND twin.kind = t.kind AND twin.key = t.key AND twin.state = 'READY') THEN 'CANCELED'
    ELSE 'READY' END,
  attempts = CASE WHEN g.lease IS NULL THEN t.attempts ELSE t.attempts - 1 END, run_at = g.run_at, last_error = g.reason, lease = NULL, lease_until = NULL
FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[]) AS g (id, lease, run_at, reason)
WHERE t.workspace_id = $1 AND t.id = g.id AND ((g.lease IS NULL AND t.state = 'READY') OR (t.state = 'RUNNING' AND t.lease = g.lease))
