-- What: clocks ($2) that run, are due by $3 and not noted as overdue yet, locked, with whom they concern. Cost: a few probes each. Index: primary keys.
SELECT c.id, c.kind, c.person_id, c.lead_id, c.contact_id, c.policy_id, c.round, c.raised_at, c.due_at, l.queue_id,
  coalesce(u.id, v.id, w.id) AS owner_id, coalesce(p.name, p.email, l.company_name, 'Somebody') AS who
FROM response_clocks c
JOIN people p ON p.workspace_id = $1 AND p.id = c.person_id
LEFT JOIN leads l ON l.workspace_id = $1 AND l.id = c.lead_id
LEFT JOIN contacts k ON k.workspace_id = $1 AND k.id = c.contact_id
LEFT JOIN tasks t ON t.workspace_id = $1 AND t.id = c.task_id
LEFT JOIN users u ON u.workspace_id = $1 AND u.id = l.owner_id AND u.archived_at IS NULL
LEFT JOIN users v ON v.workspace_id = $1 AND v.id = t.assignee_id AND v.archived_at IS NULL
LEFT JOIN users w ON w.workspace_id = $1 AND w.id = k.owner_id AND w.archived_at IS NULL
WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) AND c.state = 'RUNNING' AND c.breached_at IS NULL AND c.due_at <= $3
ORDER BY c.id FOR NO KEY UPDATE OF c
