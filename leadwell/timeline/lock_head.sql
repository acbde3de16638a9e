-- What: what an activity says now, locked. Cost: three probes. Index: primary keys of activities, activity_heads, activity_participants.
SELECT h.*, a.kind, a.source, a.automated,
  (SELECT p.person_id FROM activity_participants p WHERE p.workspace_id = $1 AND p.activity_id = h.activity_id ORDER BY p.person_id LIMIT 1) AS person_id
FROM activity_heads h JOIN activities a ON a.workspace_id = $1 AND a.id = h.activity_id
WHERE h.workspace_id = $1 AND h.activity_id = (SELECT coalesce(r.revises_id, r.id) FROM activities r WHERE r.workspace_id = $1 AND r.id = $2)
FOR NO KEY UPDATE OF h
