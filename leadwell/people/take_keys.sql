-- What: claims keys for people of whom nobody has heard; somebody faster makes it fail. Cost: one row a key. Index: primary key of person_keys.
INSERT INTO person_keys (workspace_id, kind, key, person_id, created_at)
SELECT $1, k.kind, k.key, k.person_id, $5
FROM unnest($2::text[], $3::text[], $4::uuid[]) AS k (kind, key, person_id)
ORDER BY k.kind, k.key
