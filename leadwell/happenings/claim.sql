-- What: takes the ids that no event of the feed has had yet. A twin that is being taken is waited for. Cost: one insert each. Index: happenings_once.
INSERT INTO happenings (workspace_id, id, feed_id, external_id, type, digest, at, created_at, updated_at)
SELECT $1, h.id, $2, h.external_id, h.type, h.digest, coalesce(h.at, $4), $4, $4
FROM jsonb_to_recordset($3::jsonb) AS h (id uuid, external_id text, type text, digest text, at timestamptz)
ORDER BY h.external_id
ON CONFLICT DO NOTHING RETURNING external_id
