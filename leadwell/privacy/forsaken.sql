-- What: requests under way whose job is gone, with the newest one that died. Cost: three probes a request under way, of which there are few.
-- Index: privacy_requests_running, work_key, work_lease, work_dead.
SELECT q.id, q.kind, q.error, d.id AS dead, d.last_error, d.created_at > clock_timestamp() - $2::interval AS fresh
FROM privacy_requests q
LEFT JOIN LATERAL (
  SELECT w.id, w.created_at, coalesce(w.last_error, 'its job was canceled') AS last_error FROM work w
  WHERE w.workspace_id = $1 AND w.state IN ('DEAD', 'CANCELED') AND w.key = CASE q.kind WHEN 'RETENTION' THEN 'night' ELSE q.id::text END
    AND w.kind = CASE q.kind WHEN 'ERASURE' THEN 'transfer.erase' WHEN 'ACCESS' THEN 'transfer.access' ELSE 'transfer.retain' END
    AND (q.kind <> 'RETENTION' OR w.created_at > q.created_at - interval '2 days')
  ORDER BY w.created_at DESC LIMIT 1
) d ON true
WHERE q.workspace_id = $1 AND q.state = 'RUNNING'
  AND NOT EXISTS (
    SELECT FROM work r WHERE r.workspace_id = $1 AND r.state = 'READY' AND r.key = q.id::text
      AND r.kind = CASE q.kind WHEN 'ERASURE' THEN 'transfer.erase' ELSE 'transfer.access' END)
  AND NOT EXISTS (SELECT FROM work r WHERE r.workspace_id = $1 AND r.state = 'RUNNING' AND r.key = q.id::text)
ORDER BY q.id
