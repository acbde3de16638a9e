-- What: the names of live tags on records. Cost: one range a record. Index: taggings_pkey, primary key of tags.
SELECT g.record_id, array_agg(t.name ORDER BY t.name) AS names
FROM taggings g JOIN tags t ON t.workspace_id = $1 AND t.id = g.tag_id AND t.archived_at IS NULL
WHERE g.workspace_id = $1 AND g.record_id = ANY($2::uuid[])
GROUP BY g.record_id
