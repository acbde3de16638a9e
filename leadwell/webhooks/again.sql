-- What: repeats deliveries ($2, oldest first) under new ids ($3). A body that was made with the rights of somebody else than the
-- endpoint's author of today is made again. Cost: a probe and an insert each. Index: primary key.
INSERT INTO webhook_deliveries (workspace_id, id, endpoint_id, event_id, event_kind, body, made_for, is_sample, replay_of_id, due_at, created_at)
SELECT $1, n.new, d.endpoint_id, d.event_id, d.event_kind, CASE WHEN d.made_for IS NOT DISTINCT FROM e.credential THEN d.body END, d.made_for, d.is_sample, d.id, $4, $4
FROM unnest($2::uuid[], $3::uuid[]) AS n (old, new) JOIN webhook_deliveries d ON d.workspace_id = $1 AND d.id = n.old AND d.body IS NOT NULL
JOIN webhook_endpoints e ON e.workspace_id = $1 AND e.id = d.endpoint_id
RETURNING id, endpoint_id
