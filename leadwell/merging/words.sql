-- What: where values came from. Cost: one row a field spoken of. Index: field_provenance primary key.
SELECT f.record_id, f.field, f.at, f.locked FROM field_provenance f WHERE f.workspace_id = $1 AND f.record_id = ANY($2::uuid[])
