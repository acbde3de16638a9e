-- What: the clock, company and latest touches of a person, as facts.sql has them of a send. Cost: a few index probes. Index: primary keys, sends_touches,
-- sends_company_touches, sends_person, activity_participants_person.
SELECT p.id AS person_id, c.id AS company_id, p.time_zone AS person_zone, c.time_zone AS company_zone,
  ARRAY(SELECT t.at FROM (
    (SELECT x.counted_at AS at FROM sends x WHERE x.workspace_id = $1 AND x.person_id = p.id AND x.counted_at > $3 AND x.mail_class = ANY($5::text[])
      ORDER BY x.counted_at DESC LIMIT 1000)
    UNION ALL
    (SELECT o.at FROM activity_participants o JOIN activities v ON v.workspace_id = $1 AND v.id = o.activity_id
      WHERE o.workspace_id = $1 AND o.person_id = p.id AND o.kind = 'EMAIL' AND o.role = 'TO' AND o.at > $3 AND o.at <= $6 AND v.user_id IS NOT NULL
        AND v.send_id IS NULL AND NOT v.automated ORDER BY o.at DESC LIMIT 1000)
  ) t ORDER BY t.at DESC LIMIT 1000) AS person_touches,
  ARRAY(SELECT x.counted_at FROM sends x WHERE x.workspace_id = $1 AND x.company_id = c.id AND x.counted_at > $4 AND x.mail_class = ANY($5::text[])
    ORDER BY x.counted_at DESC LIMIT 100000) AS company_touches,
  (SELECT count(*)::int FROM sends x WHERE x.workspace_id = $1 AND x.person_id = p.id AND x.state IN ('PLANNED', 'DEFERRED')) AS waiting
FROM people p
LEFT JOIN contacts n ON n.workspace_id = $1 AND n.person_id = p.id AND n.archived_at IS NULL
LEFT JOIN LATERAL (
  SELECT l.company_id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = p.id ORDER BY (l.state = 'OPEN') DESC, l.created_at DESC LIMIT 1
) l ON true
LEFT JOIN companies c ON c.workspace_id = $1 AND c.id = CASE WHEN n.company_id IS NULL THEN l.company_id ELSE n.company_id END
WHERE p.workspace_id = $1 AND p.id = $2
