-- What: keeps which send a recipient gets, or why none. Cost: one update each. Index: broadcast_recipients primary key.
UPDATE broadcast_recipients t SET variant = g.variant, address_hash = g.address_hash, send_id = g.send_id, reason = g.reason,
  state = CASE WHEN g.send_id IS NULL THEN 'HELD' ELSE 'PLANNED' END
FROM unnest($3::uuid[], $4::int[], $5::bytea[], $6::uuid[], $7::text[]) AS g (person_id, variant, address_hash, send_id, reason)
WHERE t.workspace_id = $1 AND t.broadcast_id = $2 AND t.person_id = g.person_id AND t.state = 'WAITING'
