-- What: mails with their sequence, step, variant or broadcast, and the error their work waits with, in the order asked. Cost: a few index probes a send. Index: primary keys.
SELECT s.id, s.state, s.reason, s.reply, s.mail_class, s.address, s.subject, s.step, s.visit, s.planned_at, s.due_at, s.sending_at, s.ended_at, s.replied_at,
  t.name AS template, q.name AS sequence, d.step_name, b.name AS broadcast, coalesce(d.variant, b.variants->r.variant->>'name') AS variant,
  e.state AS enrollment_state, w.last_error AS waiting_for
FROM unnest($2::uuid[]) WITH ORDINALITY o (id, place) JOIN sends s ON s.workspace_id = $1 AND s.id = o.id
LEFT JOIN templates t ON t.workspace_id = $1 AND t.id = s.template_id
LEFT JOIN enrollments e ON e.workspace_id = $1 AND e.id = s.enrollment_id
LEFT JOIN sequences q ON q.workspace_id = $1 AND q.id = e.sequence_id
LEFT JOIN broadcast_recipients r ON r.workspace_id = $1 AND r.send_id = s.id
LEFT JOIN broadcasts b ON b.workspace_id = $1 AND b.id = r.broadcast_id
LEFT JOIN LATERAL (
  SELECT p.step->>'name' AS step_name, (SELECT v.one->>'name' FROM jsonb_array_elements(p.step->'variants') v (one) WHERE v.one->>'template_id' = s.template_id::text LIMIT 1) AS variant
  FROM sequence_versions x CROSS JOIN LATERAL jsonb_array_elements(x.steps) p (step)
  WHERE x.workspace_id = $1 AND x.id = e.version_id AND p.step->>'id' = s.step AND p.step->>'kind' = 'EMAIL' LIMIT 1
) d ON true
LEFT JOIN LATERAL (
  SELECT x.last_error FROM work x WHERE x.workspace_id = $1 AND x.kind = 'deliver.send' AND x.key = s.id::text AND x.state IN ('READY', 'DEAD')
  AND s.state IN ('PLANNED', 'DEFERRED') ORDER BY x.created_at DESC LIMIT 1
) w ON true
WHERE s.workspace_id = $1 ORDER BY o.place
