-- What: notes that a user has seen notifications. Cost: one row each. Index: primary key of notifications, notifications_user.
UPDATE notifications SET read_at = $4
WHERE workspace_id = $1 AND user_id = $2 AND read_at IS NULL AND ($3::uuid[] IS NULL OR id = ANY($3::uuid[]))
