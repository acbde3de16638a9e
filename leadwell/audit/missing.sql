-- What: the first number from $2 to $3 that no event has. Cost: the events between. Index: events_seq.
SELECT g FROM generate_series($2::bigint, $3::bigint) g
WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.workspace_id = $1 AND e.seq = g) ORDER BY g LIMIT 1
