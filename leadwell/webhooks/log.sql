-- What: logs attempts on deliveries that are still waiting. Cost: one update each. Index: primary key.
UPDATE webhook_deliveries t SET state = a.state, attempts = a.attempts, status_code = a.status_code, response = a.response, error = a.error,
  last_attempt_at = $3, delivered_at = CASE WHEN a.state = 'DELIVERED' THEN $3::timestamptz END, due_at = coalesce(a.due_at, t.due_at),
  tries = t.tries || a.attempt, lease_until = NULL
FROM jsonb_to_recordset($2::jsonb) AS a (id uuid, state text, attempts int, status_code int, response text, error text, due_at timestamptz, attempt jsonb)
WHERE t.workspace_id = $1 AND t.id = a.id AND t.state = 'PENDING' AND t.attempts < a.attempts
RETURNING t.id
