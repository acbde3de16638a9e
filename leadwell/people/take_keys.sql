-- What: claims keys for people of whom nobody has heard; somebody faster makes it fail. Cost: one row a key. Index: primary key of person_keys.
INSERT INTO person_keys (workspace_id, kind, key, person_id, created_at)
SELECT $1, k.kind, k.key, k.person_id, $3
FROM jsonb_to_recordset($2::jsonb) AS k (kind text, key text, person_id uuid)
ORDER BY k.kind, k.key
