-- What: takes people whose last look has become too old. Cost: one index range. Index: enrichment_runs_refresh.
UPDATE enrichment_runs r SET refresh_at = NULL
WHERE r.workspace_id = $1 AND r.id IN (
  SELECT d.id FROM enrichment_runs d WHERE d.workspace_id = $1 AND d.refresh_at <= $2 ORDER BY d.refresh_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING r.person_id
