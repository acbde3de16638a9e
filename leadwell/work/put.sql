-- What: inserts jobs; a ready twin is locked and brought forward. Cost: one row each. Index: work_key.
-- DO UPDATE, not DO NOTHING: it locks the twin until this transaction commits, so the twin cannot run before it can see our change.
WITH clock AS MATERIALIZED (SELECT lw_clock($1) AS now)
INSERT INTO work AS w (workspace_id, id, queue, kind, key, payload, payload_version, priority, run_at, max_attempts, created_at)
SELECT $1, j.id, j.queue, j.kind, j.key, j.payload, j.payload_version, j.priority, coalesce(j.run_at, c.now) + j.delay, j.max_attempts, clock_timestamp()
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::int[], $8::smallint[], $9::timestamptz[], $10::interval[],
  $11::int[]) AS j (id, queue, kind, key, payload, payload_version, priority, run_at, delay, max_attempts), clock c
ON CONFLICT (workspace_id, kind, key) WHERE state = 'READY' AND key IS NOT NULL
DO UPDATE SET run_at = least(w.run_at, EXCLUDED.run_at), priority = least(w.priority, EXCLUDED.priority), payload = EXCLUDED.payload
