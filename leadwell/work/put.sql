-- What: inserts jobs; a ready twin is locked and brought forward. Cost: one row each. Index: work_key.
-- DO UPDATE, not DO NOTHING: it locks the twin until this transaction commits, so the twin cannot run before it can see our change.
-- $3 is the business clock where it is known already.
WITH clock AS MATERIALIZED (SELECT coalesce($3::timestamptz, lw_clock($1)) AS now)
INSERT INTO work AS w (workspace_id, id, queue, kind, key, payload, payload_version, priority, run_at, max_attempts, created_at)
SELECT $1, j.id, j.queue, j.kind, j.key, j.payload, j.payload_version, j.priority, coalesce(j.run_at, c.now) + make_interval(secs => j.delay_s),
  j.max_attempts, clock_timestamp()
FROM jsonb_to_recordset($2::jsonb) AS j (id uuid, queue text, kind text, key text, payload jsonb, payload_version int, priority smallint,
  run_at timestamptz, delay_s float8, max_attempts int), clock c
ON CONFLICT (workspace_id, kind, key) WHERE state = 'READY' AND key IS NOT NULL
DO UPDATE SET run_at = least(w.run_at, EXCLUDED.run_at), priority = least(w.priority, EXCLUDED.priority), payload = EXCLUDED.payload
