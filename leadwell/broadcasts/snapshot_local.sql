-- What: the same, each due when their own clock shows the hour: the person's, their company's, the sender's, the workspace's. Cost: the audience, a few
-- probes each. Index: primary keys, leads_person.
WITH zones AS MATERIALIZED (
  SELECT z.name FROM pg_timezone_names z
), made AS (
  INSERT INTO broadcast_recipients (workspace_id, broadcast_id, person_id, due_at)
  SELECT DISTINCT ON (a.person_id) $1::uuid, {broadcast}, a.person_id, greatest({due}::timestamp AT TIME ZONE coalesce(zp.name, zc.name, zu.name, zw.name, 'UTC'), {now})
  FROM ({audience}) a
  JOIN people p ON p.workspace_id = $1 AND p.id = a.person_id
  CROSS JOIN lw_workspace($1) w
  LEFT JOIN contacts n ON n.workspace_id = $1 AND n.person_id = p.id AND n.archived_at IS NULL
  LEFT JOIN LATERAL (
    SELECT l.company_id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = p.id ORDER BY (l.state = 'OPEN') DESC, l.created_at DESC LIMIT 1
  ) l ON true
  LEFT JOIN companies c ON c.workspace_id = $1 AND c.id = CASE WHEN n.company_id IS NULL THEN l.company_id ELSE n.company_id END
  LEFT JOIN senders s ON s.workspace_id = $1 AND s.id = {sender}
  LEFT JOIN users u ON u.workspace_id = $1 AND u.id = s.owner_id
  LEFT JOIN zones zp ON zp.name = p.time_zone
  LEFT JOIN zones zc ON zc.name = c.time_zone
  LEFT JOIN zones zu ON zu.name = u.time_zone
  LEFT JOIN zones zw ON zw.name = w.time_zone
  ON CONFLICT DO NOTHING RETURNING 1
) SELECT count(*) AS n FROM made
