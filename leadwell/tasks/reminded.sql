-- What: whom to remind of these tasks and meetings ($2, planned for $3), if that is still wanted. Cost: two probes each. Index: primary key of tasks,
-- meeting_attendees_user.
WITH due AS (
  SELECT t.id, t.title, t.state, t.assignee_id FROM unnest($2::uuid[], $3::timestamptz[]) AS x (id, at)
  JOIN tasks t ON t.workspace_id = $1 AND t.id = x.id AND t.remind_at = x.at AND t.state IN ('OPEN', 'SCHEDULED') AND t.archived_at IS NULL
)
SELECT d.id, d.title, d.state, d.assignee_id AS user_id FROM due d WHERE d.assignee_id IS NOT NULL
UNION
SELECT d.id, d.title, d.state, a.user_id FROM due d JOIN meeting_attendees a ON a.workspace_id = $1 AND a.task_id = d.id
WHERE d.state = 'SCHEDULED' AND a.user_id IS NOT NULL
ORDER BY id, user_id
