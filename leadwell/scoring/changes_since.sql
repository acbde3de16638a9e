-- What: the field changes of a person (leads and contact included) or of a company after $4, newest first. Cost: one row each.
-- Index: events_person, events_record.
SELECT e.noun, e.record_id, e.data -> 'changes' AS changes
FROM events e
WHERE e.workspace_id = $1 AND (e.person_id = $2 OR e.record_id = $3) AND e.at > $4 AND jsonb_typeof(e.data -> 'changes') IN ('object', 'array')
ORDER BY e.id DESC
