-- What: parked submissions that wait for their owner's word and were not asked for it, locked in one order. Cost: two probes each. Index: primary keys.
SELECT s.id, s.form_id, s.payload, f.opt_in_hours
FROM submissions s JOIN forms f ON f.workspace_id = $1 AND f.id = s.form_id
WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[]) AND s.state = 'PARKED' AND s.reason = $3
  AND NOT EXISTS (SELECT FROM opt_ins o WHERE o.workspace_id = $1 AND o.submission_id = s.id)
ORDER BY s.id FOR NO KEY UPDATE OF s
