-- What: what joining rows filled on leads and people, told by the events of that very transaction. Cost: one range each. Index: events_record.
SELECT e.noun, e.record_id, e.data->'changes' AS changes FROM events e
WHERE e.workspace_id = $1 AND e.record_id = ANY($2::uuid[]) AND e.at = $3 AND e.kind IN ('lead.attached', 'person.updated') AND e.data ? 'quiet'
  AND e.data->'changes' <> '{}'::jsonb
ORDER BY e.id DESC
