-- What: clocks, one row each ($2). Cost: one row each. Index: response_clocks_lead_running says that a lead has one.
INSERT INTO response_clocks (workspace_id, id, person_id, lead_id, contact_id, task_id, policy_id, kind, cause, round, raised_at, started_at, due_at)
SELECT $1, x.id, x.person_id, x.lead_id, x.contact_id, x.task_id, x.policy_id, x.kind, x.cause, x.round, x.raised_at, x.started_at, x.due_at
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, person_id uuid, lead_id uuid, contact_id uuid, task_id uuid, policy_id uuid, kind text, cause text, round int,
  raised_at timestamptz, started_at timestamptz, due_at timestamptz)
