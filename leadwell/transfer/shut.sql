-- What: puts addresses away because a file said so; those that were before stay as they are. Cost: one row each. Index: suppressions_all.
INSERT INTO suppressions (workspace_id, id, address_hash, kind, source, at)
SELECT $1, x.id, x.hash, 'IMPORT', 'IMPORT', $4 FROM unnest($2::uuid[], $3::bytea[]) AS x (id, hash)
ON CONFLICT DO NOTHING
RETURNING id, address_hash
