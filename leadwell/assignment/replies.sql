-- What: people who wrote to us in activities ($2), with the open lead of each, the newest where there are several. Cost: a few probes an activity.
-- Index: primary key of activities and participants, leads_person.
SELECT DISTINCT ON (p.person_id) p.person_id, l.id AS lead_id, a.at
FROM activities a
JOIN activity_participants p ON p.workspace_id = $1 AND p.activity_id = a.id AND p.role IN ('FROM', 'ABOUT')
JOIN leads l ON l.workspace_id = $1 AND l.person_id = p.person_id AND l.state = 'OPEN' AND l.archived_at IS NULL
WHERE a.workspace_id = $1 AND a.id = ANY($2::uuid[]) AND NOT a.automated AND p.reading = 'HUMAN'
AND (a.kind = 'REPLY' OR a.kind = 'EMAIL' AND a.direction = 'INBOUND')
ORDER BY p.person_id, l.created_at DESC, l.id DESC, a.at DESC
