-- What: writes what became of mail in a rehearsal: it left, was refused, or was left out. Cost: one update a send. Index: sends primary key.
UPDATE sends t SET state = w.state, reason = w.reason, sending_at = CASE WHEN w.state = 'SKIPPED' THEN NULL ELSE $6::timestamptz END, ended_at = $6::timestamptz,
  counted_at = CASE WHEN w.state = 'SENT' THEN $6::timestamptz END, company_id = w.company_id
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[]) AS w (id, state, reason, company_id)
WHERE t.workspace_id = $1 AND t.id = w.id
