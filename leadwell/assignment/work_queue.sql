-- What: why records are to be worked on now, a row a reason: of what user $2 owns or has to do, or, with $3, of leads that wait in that queue. $4 now. What
-- the user put off is left out. Cost: the open leads, tasks and contacts of the user or queue. Index: leads_owner, leads_waiting, tasks_assignee,
-- contacts_owner, response_clocks_running, activity_participants_person.
WITH mine AS MATERIALIZED (
  SELECT l.id, l.person_id, l.created_at, l.marketing_qualified_at, l.sales_accepted_at, l.last_activity_at, l.queue_id, t.type FROM leads l
  JOIN lead_statuses t ON t.workspace_id = $1 AND t.id = l.status_id
  WHERE l.workspace_id = $1 AND l.owner_id = $2 AND $3::uuid IS NULL AND l.state = 'OPEN' AND l.archived_at IS NULL
  UNION ALL
  SELECT l.id, l.person_id, l.created_at, l.marketing_qualified_at, l.sales_accepted_at, l.last_activity_at, l.queue_id, t.type FROM leads l
  JOIN lead_statuses t ON t.workspace_id = $1 AND t.id = l.status_id
  WHERE l.workspace_id = $1 AND l.queue_id = $3 AND l.owner_id IS NULL AND l.state = 'OPEN' AND l.archived_at IS NULL
), known AS MATERIALIZED (
  SELECT k.id, k.person_id FROM contacts k
  WHERE k.workspace_id = $1 AND k.owner_id = $2 AND $3::uuid IS NULL AND k.archived_at IS NULL
), reasons AS (
  SELECT 'Lead' AS noun, m.id AS record_id, 'RESPONSE' AS code, c.started_at AS since, c.due_at, NULL::int AS score
  FROM mine m JOIN response_clocks c ON c.workspace_id = $1 AND c.lead_id = m.id AND c.state = 'RUNNING'
  UNION ALL
  SELECT 'Contact', k.id, 'RESPONSE', c.started_at, c.due_at, NULL
  FROM known k JOIN response_clocks c ON c.workspace_id = $1 AND c.contact_id = k.id AND c.state = 'RUNNING'
  UNION ALL
  SELECT x.noun, x.id, 'REPLY', r.inbound, NULL, NULL
  FROM (SELECT 'Lead' AS noun, m.id, m.person_id FROM mine m WHERE m.last_activity_at > $4::timestamptz - interval '14 days'
    UNION ALL SELECT 'Contact', k.id, k.person_id FROM known k) x
  JOIN LATERAL (
    SELECT max(a.at) FILTER (WHERE a.kind = 'REPLY' OR a.kind = 'EMAIL' AND a.direction = 'INBOUND') AS inbound,
      max(a.at) FILTER (WHERE a.user_id IS NOT NULL AND (a.direction = 'OUTBOUND' OR a.kind = 'MEETING')) AS outbound
    FROM activity_participants p JOIN activities a ON a.workspace_id = $1 AND a.id = p.activity_id
    WHERE p.workspace_id = $1 AND p.person_id = x.person_id AND p.at > $4::timestamptz - interval '14 days' AND p.kind IN ('REPLY', 'EMAIL', 'CALL', 'MEETING')
    AND p.reading = 'HUMAN' AND NOT a.automated
  ) r ON r.inbound IS NOT NULL AND (r.outbound IS NULL OR r.outbound < r.inbound)
  UNION ALL
  SELECT 'Lead', m.id, 'HANDED_OVER', m.marketing_qualified_at, NULL, NULL FROM mine m
  WHERE m.marketing_qualified_at IS NOT NULL AND m.sales_accepted_at IS NULL AND m.type <> 'NURTURING'
  UNION ALL
  SELECT 'Lead', m.id, 'WAITS', m.created_at, NULL, NULL FROM mine m WHERE $3::uuid IS NOT NULL
  UNION ALL
  (SELECT 'Lead', m.id, 'SCORE', m.created_at, NULL, s.score FROM mine m
    JOIN scores s ON s.workspace_id = $1 AND s.person_id = m.person_id AND s.is_default
    WHERE m.type IN ('NEW', 'WORKING') AND s.score > 0 ORDER BY s.score DESC, m.id LIMIT 500)
  UNION ALL
  SELECT 'Task', t.id, CASE WHEN t.due_at < $4 THEN 'TASK_OVERDUE' ELSE 'TASK' END, t.created_at, t.due_at, CASE t.priority WHEN 'HIGH' THEN 50 ELSE 0 END
  FROM tasks t
  WHERE t.workspace_id = $1 AND t.assignee_id = $2 AND $3::uuid IS NULL AND t.state = 'OPEN' AND t.archived_at IS NULL
  AND (t.due_at < $4::timestamptz + interval '1 day' OR t.raised_at IS NOT NULL OR t.due_at IS NULL AND t.priority = 'HIGH')
  AND (t.remind_at IS NULL OR t.remind_at <= $4 OR t.due_at < $4)
)
SELECT r.noun, r.record_id, r.code, r.since, r.due_at, r.score FROM reasons r
LEFT JOIN work_marks w ON w.workspace_id = $1 AND w.user_id = $2 AND w.record_id = r.record_id
WHERE w.record_id IS NULL OR w.until_at <= $4 OR r.since > w.at
