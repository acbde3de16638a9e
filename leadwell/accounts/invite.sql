-- What: a new invitation, without its link yet. Cost: one row. Index: invitations_open refuses a second open one of an address.
INSERT INTO invitations (workspace_id, id, name, role_id, team_id, credential, invited_by_id, email, token_hash, sent_at, expires_at, created_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, '', t, t, t FROM clock_timestamp() t
