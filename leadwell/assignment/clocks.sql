-- What: the clocks of leads ($2) and contacts ($3) that run or were met, locked. Cost: a row each. Index: response_clocks_lead, response_clocks_contact_running.
SELECT c.id, coalesce(c.lead_id, c.contact_id) AS subject_id, c.state, c.kind, c.policy_id, c.raised_at, c.started_at, c.round FROM response_clocks c
WHERE c.workspace_id = $1 AND (c.lead_id = ANY($2::uuid[]) OR c.contact_id = ANY($3::uuid[])) AND c.state IN ('RUNNING', 'MET') ORDER BY c.id FOR NO KEY UPDATE
