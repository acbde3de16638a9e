-- What: which keys of people are taken. Cost: one probe each. Index: primary key of person_keys.
SELECT k.kind, k.key FROM unnest($2::text[], $3::text[]) AS x (kind, key) JOIN person_keys k ON k.workspace_id = $1 AND k.kind = x.kind AND k.key = x.key
