-- What: by queue ($3) and priority, when the first work is due that a sandbox still has by its clock ($2), and the first after it. Cost: two probes each.
-- Index: work_ready.
SELECT q.queue, p.priority, d.run_at AS due, n.run_at AS next
FROM unnest($3::text[]) AS q (queue) CROSS JOIN (VALUES (0::smallint), (1::smallint)) AS p (priority)
LEFT JOIN LATERAL (
  SELECT w.run_at FROM work w WHERE w.workspace_id = $1 AND w.queue = q.queue AND w.priority = p.priority AND w.state = 'READY'
  AND w.run_at <= $2 ORDER BY w.run_at LIMIT 1
) d ON true
LEFT JOIN LATERAL (
  SELECT w.run_at FROM work w WHERE w.workspace_id = $1 AND w.queue = q.queue AND w.priority = p.priority AND w.state = 'READY'
  AND w.run_at > $2 ORDER BY w.run_at LIMIT 1
) n ON true
