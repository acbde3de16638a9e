-- What: how each person stands: an open lead in the pipeline asked for, a contact, the lead before; and what the workspace makes of a hand raised by
-- a contact. Cost: three probes a person.
-- Index: leads_open, contacts unique person, leads_person.
SELECT x.person_id, c.id AS contact_id, c.owner_id, last.id AS last_lead_id, (SELECT w.settings->>'repeat_hand_raise' FROM lw_workspace($1) w) AS repeat,
  EXISTS (SELECT FROM leads l JOIN pipelines p ON p.workspace_id = $1 AND p.id = l.pipeline_id
    WHERE l.workspace_id = $1 AND l.person_id = x.person_id AND l.state = 'OPEN' AND p.kind = 'LEAD'
      AND (p.id = x.pipeline_id OR (x.pipeline_id IS NULL AND p.is_default))) AS has_open
FROM unnest($2::uuid[], $3::uuid[]) AS x (person_id, pipeline_id)
LEFT JOIN contacts c ON c.workspace_id = $1 AND c.person_id = x.person_id AND c.archived_at IS NULL
LEFT JOIN LATERAL (
  SELECT l.id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = x.person_id AND l.state <> 'OPEN' ORDER BY l.created_at DESC, l.id DESC LIMIT 1
) last ON true
WHERE $1::uuid IS NOT NULL
