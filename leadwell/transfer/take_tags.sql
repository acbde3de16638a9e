-- What: takes tags off records, off each its own. Cost: one row each. Index: taggings_pkey.
DELETE FROM taggings g USING unnest($2::uuid[], $3::uuid[]) AS x (record_id, tag_id)
WHERE g.workspace_id = $1 AND g.record_id = x.record_id AND g.tag_id = x.tag_id
RETURNING g.record_id, g.tag_id
