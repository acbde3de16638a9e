-- What: plans deliveries, their bodies not made yet; an event planned before is left as it is. Cost: one insert each. Index: webhook_deliveries_event.
INSERT INTO webhook_deliveries (workspace_id, id, endpoint_id, event_id, event_kind, is_sample, due_at, created_at)
SELECT $1, d.id, d.endpoint_id, d.event_id, d.event_kind, d.is_sample, $7, $7
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::boolean[]) AS d (id, endpoint_id, event_id, event_kind, is_sample)
ON CONFLICT DO NOTHING
