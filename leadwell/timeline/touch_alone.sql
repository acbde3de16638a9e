-- What: brings the last activity of people forward who have no open lead and no contact to touch. Cost: a probe each, an update where it moves.
-- Index: primary key of people.
UPDATE people p SET last_activity_at = x.at FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, at timestamptz)
WHERE p.workspace_id = $1 AND p.id = x.id AND (p.last_activity_at IS NULL OR p.last_activity_at < x.at)
