-- What: locks keys that others hold, in one order, and tells whose they are. Cost: one row a key. Index: primary key of person_keys.
SELECT k.kind, k.key, k.person_id
FROM unnest($2::text[], $3::text[]) AS x (kind, key)
JOIN person_keys k ON k.workspace_id = $1 AND k.kind = x.kind AND k.key = x.key
ORDER BY k.kind, k.key FOR UPDATE OF k
