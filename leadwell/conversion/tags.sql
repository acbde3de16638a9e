-- What: puts the tags of a lead on its contact too; those that are on it stay. Cost: one row a tag. Index: taggings_pkey.
INSERT INTO taggings (workspace_id, record_id, tag_id, noun, created_at)
SELECT $1, $3, g.tag_id, 'Contact', $4 FROM taggings g WHERE g.workspace_id = $1 AND g.record_id = $2 ORDER BY g.tag_id
ON CONFLICT DO NOTHING
