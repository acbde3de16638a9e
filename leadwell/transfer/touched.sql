-- What: which records somebody has changed since, or noted something about. Cost: two ranges each. Index: events_record, events_person.
SELECT e.record_id AS id FROM events e
WHERE e.workspace_id = $1 AND e.record_id = ANY($2::uuid[]) AND e.at >= $3 AND NOT e.data ? 'quiet' AND e.actor ~ '^(USER|KEY):'
UNION
SELECT e.person_id FROM events e
WHERE e.workspace_id = $1 AND e.person_id = ANY($2::uuid[]) AND e.at >= $3 AND NOT e.data ? 'quiet' AND e.actor ~ '^(USER|KEY|PERSON):'
