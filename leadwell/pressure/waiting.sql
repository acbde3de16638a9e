-- What: mail that is due and in nobody's hand, with its job, locked. Cost: one probe a row, however many wait. Index: work_ready.
WITH due AS MATERIALIZED (
  SELECT w.id, w.key::uuid AS send_id FROM work w
  WHERE w.workspace_id = $1 AND w.queue = 'deliver' AND w.priority = $3 AND w.state = 'READY' AND w.run_at <= $2 AND w.kind = 'deliver.send'
  ORDER BY w.run_at, w.id LIMIT $4 FOR UPDATE SKIP LOCKED
)
SELECT d.id, d.send_id FROM due d
