-- What: gives the open tasks of a person to the contact and, where the owner changed ($7) or there is none, to the owner. Cost: one update a task.
-- Index: tasks_person, tasks_lead.
UPDATE tasks t SET contact_id = coalesce(t.contact_id, $4), assignee_id = CASE WHEN $7 OR t.assignee_id IS NULL THEN $5 ELSE t.assignee_id END,
  version = t.version + 1, updated_at = $6
FROM (SELECT o.id, o.assignee_id FROM tasks o WHERE o.workspace_id = $1 AND (o.person_id = $2 OR o.lead_id = $3) AND o.state IN ('OPEN', 'SCHEDULED')
    AND o.archived_at IS NULL
  ORDER BY o.id FOR NO KEY UPDATE) was
WHERE t.workspace_id = $1 AND t.id = was.id
RETURNING t.id, t.version, was.assignee_id AS before, t.assignee_id AS after
