-- What: brings the last activity of companies and deals forward. Cost: two probes a record. Index: their primary keys. Arrays as in touch_people.sql.
WITH x AS (SELECT u.id, u.at FROM unnest((SELECT $2::uuid[]), (SELECT $3::timestamptz[])) AS u (id, at)),
company AS (
  UPDATE companies c SET last_activity_at = x.at FROM x
  WHERE c.workspace_id = $1 AND c.id = ANY((SELECT $2::uuid[])::uuid[]) AND c.id = x.id AND (c.last_activity_at IS NULL OR c.last_activity_at < x.at)
)
UPDATE deals d SET last_activity_at = x.at FROM x
WHERE d.workspace_id = $1 AND d.id = ANY((SELECT $2::uuid[])::uuid[]) AND d.id = x.id AND (d.last_activity_at IS NULL OR d.last_activity_at < x.at)
