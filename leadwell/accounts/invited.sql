-- What: an invitation with all that its page and its acceptance ask. Cost: a few probes. Index: primary keys.
SELECT i.email, i.name, t.id AS team_id, i.credential, i.expires_at, r.code AS role, r.name AS role_name, r.grants, r.archived_at IS NOT NULL AS role_archived,
  b.name AS inviter, w.name AS workspace, l.password_hash, coalesce(l.verified, false) AS verified
FROM invitations i JOIN roles r ON r.workspace_id = $1 AND r.id = i.role_id CROSS JOIN lw_workspace($1) w
LEFT JOIN teams t ON t.workspace_id = $1 AND t.id = i.team_id AND t.archived_at IS NULL
LEFT JOIN users b ON b.workspace_id = $1 AND b.id = i.invited_by_id LEFT JOIN lw_login_state($1, i.email) l ON true
WHERE i.workspace_id = $1 AND i.id = $2
