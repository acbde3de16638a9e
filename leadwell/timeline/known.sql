-- What: the activities these keys stand for. Cost: one probe a key. Index: primary key of activity_keys.
SELECT k.source, k.external_id, k.activity_id
FROM unnest($2::text[], $3::text[]) AS x (source, external_id)
JOIN activity_keys k ON k.workspace_id = $1 AND k.source = x.source AND k.external_id = x.external_id
