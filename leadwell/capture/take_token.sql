-- What: takes one token of a form's bucket, which fills by $3 a minute up to $3; no row when it is empty. Cost: one upsert. Index: primary key.
INSERT INTO form_buckets AS b (workspace_id, form_id, tokens, at) VALUES ($1, $2, $3 - 1, clock_timestamp())
ON CONFLICT (workspace_id, form_id) DO UPDATE
SET tokens = least($3, b.tokens + extract(epoch FROM EXCLUDED.at - b.at)::float8 * $3 / 60) - 1, at = greatest(b.at, EXCLUDED.at)
WHERE least($3, b.tokens + extract(epoch FROM EXCLUDED.at - b.at)::float8 * $3 / 60) >= 1
RETURNING true
