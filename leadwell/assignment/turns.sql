-- What: whose turn it is after a batch ($2: id, credit, given, at). The queues are locked. Cost: one update a member. Index: primary key.
UPDATE lead_queue_members m SET credit = x.credit, given = x.given, given_at = $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, credit bigint, given bigint) WHERE m.workspace_id = $1 AND m.id = x.id
