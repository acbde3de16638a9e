-- What: writes what became of a batch of records. Cost: one update a record. Index: change_rows_pkey.
UPDATE change_rows t SET state = n.state, code = n.code, message = n.message, changes = coalesce(n.changes, t.changes)
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::jsonb[]) AS n (record_id, state, code, message, changes)
WHERE t.workspace_id = $1 AND t.change_set_id = $2 AND t.record_id = n.record_id
