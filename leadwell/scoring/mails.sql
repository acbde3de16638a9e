-- What: the opens and clicks of $2 and the others of the same mails, with how they are read now and when the mail was delivered.
-- Cost: a range of what the people did since, a probe each. Index: activity_participants_person, activities_pkey, activity_readings_pkey, sends_pkey.
WITH asked AS (
  SELECT a.id, a.send_id, ap.person_id, ap.at, s.sending_at, a.source, a.data ->> 'mailId' AS mail
  FROM activities a
  JOIN activity_participants ap ON ap.workspace_id = $1 AND ap.activity_id = a.id
  LEFT JOIN sends s ON s.workspace_id = $1 AND s.id = a.send_id
  WHERE a.workspace_id = $1 AND a.id = ANY($2::uuid[])
), mine AS (
  SELECT q.id FROM asked q
  UNION
  SELECT a.id
  FROM (SELECT DISTINCT q.send_id, q.person_id, q.sending_at FROM asked q WHERE q.send_id IS NOT NULL) m
  JOIN activity_participants ap ON ap.workspace_id = $1 AND ap.person_id = m.person_id AND ap.kind IN ('OPEN', 'CLICK')
    AND ap.at >= coalesce(m.sending_at, '-infinity') - interval '1 hour'
  JOIN activities a ON a.workspace_id = $1 AND a.id = ap.activity_id AND a.send_id = m.send_id
  UNION
  SELECT a.id
  FROM asked q
  JOIN activity_participants ap ON ap.workspace_id = $1 AND ap.person_id = q.person_id AND ap.kind IN ('OPEN', 'CLICK')
    AND ap.at BETWEEN q.at - interval '1 hour' AND q.at + interval '1 hour'
  JOIN activities a ON a.workspace_id = $1 AND a.id = ap.activity_id AND a.data ->> 'mailId' = q.mail AND a.source IS NOT DISTINCT FROM q.source
  WHERE q.mail IS NOT NULL
)
SELECT a.id, a.kind, a.at, coalesce(a.send_id::text, a.source || ' ' || (a.data ->> 'mailId'), a.data ->> 'mailId', a.id::text) AS mail, a.reading AS recorded, a.data ->> 'userAgent' AS agent, a.data ->> 'url' AS url,
  coalesce(a.data -> 'honey' = 'true'::jsonb, false) AS honey, s.ended_at AS delivered_at, a.data ->> 'deliveredAt' AS told_delivered, coalesce(r.reading, a.reading) AS now, r.reason,
  (SELECT array_agg(ap.person_id ORDER BY ap.person_id) FROM activity_participants ap WHERE ap.workspace_id = $1 AND ap.activity_id = a.id) AS person_ids
FROM mine m
JOIN activities a ON a.workspace_id = $1 AND a.id = m.id
LEFT JOIN activity_readings r ON r.workspace_id = $1 AND r.activity_id = a.id
LEFT JOIN sends s ON s.workspace_id = $1 AND s.id = a.send_id AND s.state = 'SENT'
WHERE a.kind IN ('OPEN', 'CLICK')
ORDER BY a.id
