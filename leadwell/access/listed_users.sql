-- What: users and open invitations of a workspace, by name, 1,000 at most. Cost: who works there. Index: primary keys, invitations_open.
SELECT x.email, x.name, r.code AS role, t.name AS team, x.state FROM (
  SELECT u.email, u.name, u.role_id, u.team_id, CASE WHEN u.archived_at IS NULL THEN 'ACTIVE' ELSE 'ARCHIVED' END AS state
  FROM users u WHERE u.workspace_id = $1
  UNION ALL
  SELECT i.email, i.name, i.role_id, i.team_id, 'INVITED'
  FROM invitations i WHERE i.workspace_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > clock_timestamp()
) x JOIN roles r ON r.workspace_id = $1 AND r.id = x.role_id LEFT JOIN teams t ON t.workspace_id = $1 AND t.id = x.team_id
ORDER BY x.name, x.email LIMIT 1000
