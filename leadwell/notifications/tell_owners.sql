-- What: a notification for the owner of each lead ($3), or the assignee of each task ($4), whose person raised a hand. Cost: three index probes each.
-- Index: primary keys of leads, tasks and people.
WITH raised AS (
  SELECT x.id, x.actor, coalesce(l.owner_id, t.assignee_id) AS user_id,
    CASE WHEN l.id IS NULL THEN t.person_id ELSE l.person_id END AS person_id, l.company_name,
    CASE WHEN l.id IS NULL THEN 'Task' ELSE 'Lead' END AS noun, coalesce(l.id, t.id) AS record_id
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[]) AS x (id, lead_id, task_id, actor)
  LEFT JOIN leads l ON l.workspace_id = $1 AND l.id = x.lead_id
  LEFT JOIN tasks t ON t.workspace_id = $1 AND t.id = x.task_id
)
INSERT INTO notifications (workspace_id, id, user_id, kind, title, noun, record_id, created_at)
SELECT $1, r.id, r.user_id, 'HAND_RAISED', coalesce(p.name, p.email, r.company_name, 'Somebody') || ' asks to be spoken to', r.noun, r.record_id, $6
FROM raised r JOIN people p ON p.workspace_id = $1 AND p.id = r.person_id
WHERE 'USER:' || r.user_id <> r.actor
RETURNING id, user_id
