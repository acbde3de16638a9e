-- What: invitations, newest first: those named by $2, or the latest $3. Cost: what is answered. Index: invitations_listed.
SELECT i.id, i.email, i.name, r.code AS role, i.team_id, i.invited_by_id, i.sent_at, i.expires_at, i.accepted_at, i.revoked_at, i.user_id
FROM invitations i JOIN roles r ON r.workspace_id = $1 AND r.id = i.role_id
WHERE i.workspace_id = $1 AND ($2::uuid[] IS NULL OR i.id = ANY ($2::uuid[]))
ORDER BY i.created_at DESC, i.id DESC LIMIT $3
