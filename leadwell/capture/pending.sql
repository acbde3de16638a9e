-- What: submissions to process, locked in one order. Cost: one row each. Index: primary key of submissions.
SELECT s.id, s.channel, s.form_id, s.intent, s.payload, s.dedupe_key, s.ip, s.user_agent, s.received_at, s.state, s.outcome, s.person_id, s.lead_id,
  s.activity_id, s.reason
FROM submissions s WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[])
ORDER BY s.id FOR NO KEY UPDATE
