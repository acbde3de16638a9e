-- What: gives back jobs whose lease ran out; a ready twin does the work instead; the $3th crash quarantines. Cost: one update a row. Index: work_running.
WITH lost AS (
  SELECT w.id, w.kind, w.key, w.crashes + 1 AS crashes FROM work w
  WHERE w.workspace_id = $1 AND w.queue = $2 AND w.state = 'RUNNING' AND w.lease_until < clock_timestamp()
  FOR UPDATE SKIP LOCKED
)
UPDATE work t SET
  state = CASE
    WHEN lost.crashes >= $3 THEN 'DEAD'
    WHEN EXISTS (SELECT 1 FROM work twin WHERE twin.workspace_id = $1 AND twin.kind = lost.kind AND twin.key = lost.key AND twin.state = 'READY') THEN 'CANCELED'
    ELSE 'READY' END,
  last_error = CASE WHEN lost.crashes >= $3 THEN 'quarantined: its worker died ' || lost.crashes || ' times' ELSE t.last_error END,
  crashes = lost.crashes, attempts = t.attempts - 1, lease = NULL, lease_until = NULL
FROM lost WHERE t.workspace_id = $1 AND t.id = lost.id
