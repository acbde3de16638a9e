-- What: deliveries of an endpoint without body, oldest first, with the events they tell. Cost: a batch of rows and a probe each. Index: webhook_deliveries_bare.
SELECT d.id, d.is_sample, e.seq, e.kind, e.noun, e.record_id, e.person_id, e.version, e.at, e.data
FROM webhook_deliveries d LEFT JOIN events e ON e.workspace_id = $1 AND e.id = d.event_id
WHERE d.workspace_id = $1 AND d.endpoint_id = $2 AND d.state = 'PENDING' AND d.body IS NULL
ORDER BY d.id LIMIT $3
