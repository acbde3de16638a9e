-- What: brings the last activity of people, their open leads (but $4) and contacts forward. Cost: a probe each, an update where it moves.
-- Index: primary key of people, leads_person, contacts unique person: asked by ANY, because a join alone would read small tables whole. The arrays hide
-- behind a SELECT: the planner would see how long they are, and plan each call anew.
WITH x AS (SELECT u.id, u.at FROM unnest((SELECT $2::uuid[]), (SELECT $3::timestamptz[])) AS u (id, at)),
lead AS (
  UPDATE leads l SET last_activity_at = x.at FROM x
  WHERE l.workspace_id = $1 AND l.person_id = ANY((SELECT $2::uuid[])::uuid[]) AND l.person_id = x.id AND l.state = 'OPEN'
    AND l.id <> ALL($4::uuid[]) AND (l.last_activity_at IS NULL OR l.last_activity_at < x.at)
), contact AS (
  UPDATE contacts c SET last_activity_at = x.at FROM x
  WHERE c.workspace_id = $1 AND c.person_id = ANY((SELECT $2::uuid[])::uuid[]) AND c.person_id = x.id
    AND (c.last_activity_at IS NULL OR c.last_activity_at < x.at)
)
UPDATE people p SET last_activity_at = x.at FROM x
WHERE p.workspace_id = $1 AND p.id = ANY((SELECT $2::uuid[])::uuid[]) AND p.id = x.id
  AND (p.last_activity_at IS NULL OR p.last_activity_at < x.at)
