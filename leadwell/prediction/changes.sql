-- What: what was changed of some records since a time, newest first. Cost: a row an event. Index: events_record.
SELECT e.record_id, e.at, e.data -> 'changes' AS changes
FROM events e
WHERE e.workspace_id = $1 AND e.record_id = ANY($2::uuid[]) AND e.at > $3 AND jsonb_typeof(e.data -> 'changes') = 'object'
ORDER BY e.id DESC
