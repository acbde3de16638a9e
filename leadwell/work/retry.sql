-- What: returns a failed job for a later try. Cost: one update, one probe for a twin. Index: work primary key, work_key.
UPDATE work t SET
  state = CASE
    WHEN t.cancel_requested THEN 'CANCELED'
    WHEN t.attempts - $6 >= t.max_attempts THEN 'DEAD'
    WHEN EXISTS (SELECT 1 FROM work twin WHERE twin.workspace_id = $1 AND twin.kind = t.kind AND twin.key = t.key AND twin.state = 'READY') THEN 'CANCELED'
    ELSE 'READY' END,
  attempts = t.attempts - $6, run_at = $4, last_error = $5, lease = NULL, lease_until = NULL
WHERE t.workspace_id = $1 AND t.id = $2 AND t.lease = $3 AND t.state = 'RUNNING'
