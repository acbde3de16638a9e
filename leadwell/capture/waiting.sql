-- What: the submissions of a form that wait for room, the oldest first, locked. Cost: those that are not processed, up to as many as are asked for.
-- Index: submissions_waiting.
SELECT s.id FROM submissions s
WHERE s.workspace_id = $1 AND s.state <> 'PROCESSED' AND s.state = 'PARKED' AND s.form_id = $2 AND s.reason = $3
ORDER BY s.received_at, s.id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
