-- What: puts tags on records; those that have one keep it. Cost: one row a record and tag. Index: taggings_pkey.
INSERT INTO taggings (workspace_id, record_id, tag_id, noun, created_at)
SELECT $1, r.id, t.id, $4, $5 FROM unnest($2::uuid[]) AS r (id), unnest($3::uuid[]) AS t (id) ORDER BY r.id, t.id
ON CONFLICT DO NOTHING RETURNING record_id
