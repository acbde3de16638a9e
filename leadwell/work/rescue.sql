-- What: gives back jobs whose lease ran out; a ready twin, or the newest of several lost ones, does the work instead; the $3th crash quarantines.
-- Cost: one update a row. Index: work_running.
WITH lost AS MATERIALIZED (
  SELECT w.id, w.kind, w.key, w.crashes + 1 AS crashes FROM work w
  WHERE w.workspace_id = $1 AND w.queue = $2 AND w.state = 'RUNNING' AND w.lease_until < clock_timestamp()
  FOR UPDATE SKIP LOCKED
), ranked AS (
  SELECT l.id, l.kind, l.key, l.crashes, row_number() OVER (PARTITION BY l.kind, l.key, l.crashes >= $3 ORDER BY l.id DESC) AS nth FROM lost l
)
UPDATE work t SET
  state = CASE
    WHEN r.crashes >= $3 THEN 'DEAD'
    WHEN r.key IS NOT NULL AND r.nth > 1 THEN 'CANCELED'
    WHEN EXISTS (SELECT 1 FROM work twin WHERE twin.workspace_id = $1 AND twin.kind = r.kind AND twin.key = r.key AND twin.state = 'READY') THEN 'CANCELED'
    ELSE 'READY' END,
  last_error = CASE WHEN r.crashes >= $3 THEN 'quarantined: its worker died ' || r.crashes || ' times' ELSE t.last_error END,
  crashes = r.crashes, attempts = t.attempts - 1, lease = NULL, lease_until = NULL
FROM ranked r WHERE t.workspace_id = $1 AND t.id = r.id
