-- What: a user's newest notifications. Cost: one index range. Index: notifications_user.
SELECT n.id, n.kind, n.title, n.noun, n.record_id, n.read_at, n.created_at FROM notifications n
WHERE n.workspace_id = $1 AND n.user_id = $2 AND (NOT $3::boolean OR n.read_at IS NULL)
ORDER BY n.created_at DESC, n.id DESC LIMIT $4
