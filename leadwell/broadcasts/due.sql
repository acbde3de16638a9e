-- What: the next recipients of a broadcast whose time has come, with the address to write to. Cost: two probes each. Index: broadcast_recipients_due, person_emails_primary.
SELECT r.person_id, e.address, e.normalized FROM (
  SELECT x.person_id, x.due_at FROM broadcast_recipients x
  WHERE x.workspace_id = $1 AND x.broadcast_id = $2 AND x.state = 'WAITING' AND x.due_at <= $3 ORDER BY x.due_at, x.person_id LIMIT $4
) r
LEFT JOIN person_emails e ON e.workspace_id = $1 AND e.person_id = r.person_id AND e.is_primary AND e.is_valid
ORDER BY r.due_at, r.person_id
