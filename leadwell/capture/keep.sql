-- What: keeps what became of submissions. Cost: one update each. Index: primary key of submissions.
-- IS DISTINCT FROM says the same as <>, and not that rows of submissions_waiting are meant: that index keeps all that ever waited until the next vacuum.
UPDATE submissions s SET state = x.state, reason = x.reason, outcome = x.outcome, person_id = x.person_id, lead_id = x.lead_id,
  activity_id = x.activity_id, processed_at = CASE WHEN x.state = 'PROCESSED' THEN $3::timestamptz END, version = s.version + 1, updated_at = $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, state text, reason text, outcome text, person_id uuid, lead_id uuid, activity_id uuid)
WHERE s.workspace_id = $1 AND s.id = ANY($4::uuid[]) AND s.id = x.id AND s.state IS DISTINCT FROM 'PROCESSED'
