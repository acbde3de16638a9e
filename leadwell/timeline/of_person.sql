-- What: a page of a person's timeline. Cost: one index range. Index: activity_participants_person, then primary key of activities.
SELECT a.id, a.kind, a.at, a.direction, a.subject, a.body, a.outcome, a.duration_seconds, a.automated, a.reading, a.source, a.external_id, a.user_id,
  a.send_id, a.data, p.role,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('noun', l.noun, 'id', l.record_id)), '[]') FROM activity_links l
    WHERE l.workspace_id = $1 AND l.activity_id = a.id) AS links
FROM activity_participants p JOIN activities a ON a.workspace_id = $1 AND a.id = p.activity_id
WHERE p.workspace_id = $1 AND p.person_id = $2 AND ($3::timestamptz IS NULL OR (p.at, p.activity_id) < ($3, $4::uuid))
ORDER BY p.at DESC, p.activity_id DESC LIMIT $5
