-- What: running clocks with the activities ($2) in which a user reached out to whoever waits, each clock locked. Cost: a few probes an activity.
-- Index: primary key of activities and participants, response_clocks_person, tasks_person.
SELECT c.id, c.lead_id, c.contact_id, c.person_id, c.policy_id, c.raised_at, c.due_at, c.breached_at, a.id AS activity_id, a.at, a.user_id
FROM activities a
JOIN activity_participants p ON p.workspace_id = $1 AND p.activity_id = a.id
JOIN response_clocks c ON c.workspace_id = $1 AND c.person_id = p.person_id AND c.state = 'RUNNING'
LEFT JOIN tasks t ON t.workspace_id = $1 AND a.kind = 'TASK_DONE' AND t.activity_id = a.id AND t.person_id = p.person_id
WHERE a.workspace_id = $1 AND a.id = ANY($2::uuid[]) AND a.user_id IS NOT NULL AND NOT a.automated
AND (a.kind IN ('CALL', 'EMAIL') AND a.direction = 'OUTBOUND' OR a.kind = 'MEETING' AND a.direction IS DISTINCT FROM 'INBOUND'
  OR a.kind = 'TASK_DONE' AND t.kind IN ('CALL', 'EMAIL', 'MEETING'))
AND a.at >= CASE c.cause WHEN 'REASSIGNMENT' THEN c.raised_at ELSE c.started_at END
ORDER BY c.id, a.at, a.id FOR NO KEY UPDATE OF c
