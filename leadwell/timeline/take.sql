-- What: claims what makes activities unique, where nobody can have claimed it; else it fails. Cost: one row a key. Index: primary key of activity_keys.
INSERT INTO activity_keys (workspace_id, source, external_id, activity_id)
SELECT $1, k.source, k.external_id, k.id FROM unnest($2::text[], $3::text[], $4::uuid[]) AS k (source, external_id, id)
