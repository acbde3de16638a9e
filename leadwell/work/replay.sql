-- What: makes dead jobs ready again. Cost: one update a row. Index: work primary key, work_key.
UPDATE work t SET state = 'READY', run_at = $3, attempts = 0, crashes = 0, cancel_requested = false, last_error = NULL
WHERE t.workspace_id = $1 AND t.id = ANY($2::uuid[]) AND t.state IN ('DEAD', 'CANCELED')
  AND NOT EXISTS (SELECT 1 FROM work twin WHERE twin.workspace_id = $1 AND twin.kind = t.kind AND twin.key = t.key AND twin.state = 'READY')
