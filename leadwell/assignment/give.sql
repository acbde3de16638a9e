-- What: gives locked leads ($2: id, owner_id, queue_id) their owner and queue. Cost: one update a lead. Index: primary key of leads.
UPDATE leads l SET owner_id = x.owner_id, queue_id = x.queue_id, version = l.version + 1, updated_at = $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, owner_id uuid, queue_id uuid)
WHERE l.workspace_id = $1 AND l.id = x.id RETURNING l.id, l.version
