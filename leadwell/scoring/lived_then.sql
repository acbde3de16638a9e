-- What: what a person did after $3 as it was known at $5: recorded by then, the person's by then (not come over by a later merge), read as it was
--   read then (the first reading that a later change replaced). Cost: a row each, an event for each changed reading.
-- Index: activity_participants_person, merges_survivor, events_record.
WITH late AS (
  SELECT (k.key ->> 'activity_id')::uuid AS activity_id
  FROM merges g
  JOIN merge_rows r ON r.workspace_id = $1 AND r.merge_id = g.id AND r.table_name = 'activity_participants' AND r.action = 'MOVED'
  CROSS JOIN LATERAL jsonb_array_elements(r.keys) AS k (key)
  WHERE g.workspace_id = $1 AND g.survivor_id = $2 AND g.at > $5 AND g.unmerged_at IS NULL
)
SELECT a.id, ap.kind, ap.at, a.direction, a.subject, ap.reading, v.was
FROM activity_participants ap
JOIN activities a ON a.workspace_id = $1 AND a.id = ap.activity_id
LEFT JOIN LATERAL (
  SELECT e.data #>> '{changes,reading,0}' AS was FROM events e
  WHERE e.workspace_id = $1 AND e.record_id = a.id AND ap.kind IN ('OPEN', 'CLICK') AND e.kind = 'activity.reread' AND e.at > $5
  ORDER BY e.id LIMIT 1) v ON true
WHERE ap.workspace_id = $1 AND ap.person_id = $2 AND ap.at > $3 AND ap.kind = ANY($4::text[]) AND a.created_at <= $5
  AND a.id NOT IN (SELECT l.activity_id FROM late l)
