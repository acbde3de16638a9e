-- What: makes dead jobs ready again, of several that do the same the newest. Cost: one update a row. Index: work primary key, work_key.
WITH dead AS MATERIALIZED (
  SELECT DISTINCT ON (w.kind, CASE WHEN w.key IS NULL THEN w.id::text ELSE w.key END) w.id FROM work w
  WHERE w.workspace_id = $1 AND w.id = ANY($2::uuid[]) AND w.state IN ('DEAD', 'CANCELED')
  ORDER BY w.kind, CASE WHEN w.key IS NULL THEN w.id::text ELSE w.key END, w.id DESC
)
UPDATE work t SET state = 'READY', run_at = $3, attempts = 0, crashes = 0, cancel_requested = false, last_error = NULL
FROM dead WHERE t.workspace_id = $1 AND t.id = dead.id AND t.state IN ('DEAD', 'CANCELED')
  AND NOT EXISTS (SELECT 1 FROM work twin WHERE twin.workspace_id = $1 AND twin.kind = t.kind AND twin.key = t.key AND twin.state = 'READY')
