-- What: puts tags on records, each its own; who has one keeps it. Cost: one row each. Index: taggings_pkey.
INSERT INTO taggings (workspace_id, record_id, tag_id, noun, created_at)
SELECT $1, x.record_id, x.tag_id, $4, $5 FROM unnest($2::uuid[], $3::uuid[]) AS x (record_id, tag_id) ORDER BY x.record_id, x.tag_id
ON CONFLICT DO NOTHING
RETURNING record_id, tag_id
