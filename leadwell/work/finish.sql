-- What: moves done jobs from the live table to the history. Cost: one delete and one insert a row. Index: work primary key.
WITH done AS (
  DELETE FROM work w WHERE w.workspace_id = $1 AND w.id = ANY($2::uuid[]) AND w.lease = $3 AND w.state = 'RUNNING'
  RETURNING w.id, w.queue, w.kind, w.key, w.payload, w.attempts, w.crashes, w.run_at, w.created_at
)
INSERT INTO work_history (workspace_id, id, queue, kind, key, payload, attempts, crashes, run_at, created_at, finished_at)
SELECT $1, d.id, d.queue, d.kind, d.key, d.payload, d.attempts, d.crashes, d.run_at, d.created_at, clock_timestamp() FROM done d
