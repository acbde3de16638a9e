-- What: frees the keys of activities. Cost: one probe an activity. Index: primary keys of activities and activity_keys.
DELETE FROM activity_keys k USING activities a
WHERE k.workspace_id = $1 AND a.workspace_id = $1 AND a.id = ANY($2::uuid[]) AND k.source = a.source AND k.external_id = a.external_id AND k.activity_id = a.id
