-- What: the members of queues ($2), in the order of joining; whether they are away at $3 or have left. Cost: a row a member. Index: the unique key of
-- lead_queue_members, absences_user.
SELECT m.id, m.queue_id, m.user_id, m.weight, m.capacity, m.skills, m.credit, m.given, u.archived_at IS NOT NULL AS gone,
  EXISTS (SELECT FROM absences a WHERE a.workspace_id = $1 AND a.user_id = m.user_id AND a.from_at <= $3 AND a.until_at > $3) AS away
FROM lead_queue_members m JOIN users u ON u.workspace_id = $1 AND u.id = m.user_id
WHERE m.workspace_id = $1 AND m.queue_id = ANY($2::uuid[]) ORDER BY m.queue_id, m.created_at, m.id
