-- What: says on the sends of the activities $2 when a human first opened and followed them, as these are read now.
-- Cost: a range of what the people did since, a probe each. Index: activity_participants_person, activities_pkey, activity_readings_pkey, sends_pkey.
WITH asked AS (
  SELECT DISTINCT a.send_id, ap.person_id, s.sending_at
  FROM activities a
  JOIN activity_participants ap ON ap.workspace_id = $1 AND ap.activity_id = a.id
  JOIN sends s ON s.workspace_id = $1 AND s.id = a.send_id
  WHERE a.workspace_id = $1 AND a.id = ANY($2::uuid[])
), first AS (
  SELECT q.send_id, min(a.at) FILTER (WHERE a.kind = 'OPEN') AS opened_at, min(a.at) FILTER (WHERE a.kind = 'CLICK') AS clicked_at
  FROM asked q
  JOIN activity_participants ap ON ap.workspace_id = $1 AND ap.person_id = q.person_id AND ap.kind IN ('OPEN', 'CLICK')
    AND ap.at >= coalesce(q.sending_at, '-infinity') - interval '1 hour'
  JOIN activities a ON a.workspace_id = $1 AND a.id = ap.activity_id AND a.send_id = q.send_id
  LEFT JOIN activity_readings r ON r.workspace_id = $1 AND r.activity_id = a.id
  WHERE coalesce(r.reading, a.reading) = 'HUMAN'
  GROUP BY q.send_id
)
UPDATE sends s SET opened_at = f.opened_at, clicked_at = f.clicked_at, version = s.version + 1, updated_at = $3
FROM asked q LEFT JOIN first f ON f.send_id = q.send_id
WHERE s.workspace_id = $1 AND s.id = q.send_id AND (s.opened_at IS DISTINCT FROM f.opened_at OR s.clicked_at IS DISTINCT FROM f.clicked_at)
