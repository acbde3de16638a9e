-- What: what the gate asks about enrollments, locked in one order. Cost: a few index probes each. Index: primary keys, leads_person, events_person.
SELECT e.id, e.state, e.exit_reason, e.step, e.visit, s.state AS sequence_state, s.audience, s.exit_on,
  EXISTS (SELECT 1 FROM sends x WHERE x.workspace_id = $1 AND x.enrollment_id = e.id AND x.replied_at IS NOT NULL) AS replied,
  s.exit_on ? 'HAND_RAISE' AND EXISTS (SELECT 1 FROM events v WHERE v.workspace_id = $1 AND v.person_id = e.person_id AND v.at > e.created_at
    AND (v.kind IN ('lead.raised_hand', 'contact.raised_hand') OR v.kind IN ('lead.created', 'lead.repeated') AND v.data->>'intent' = 'HAND_RAISE' AND NOT v.data ? 'quiet')) AS raised,
  EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.person_id = e.person_id AND l.state = 'OPEN' AND l.archived_at IS NULL) AS is_lead,
  EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.person_id = e.person_id AND l.state = 'CONVERTED') AS was_converted,
  EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.person_id = e.person_id AND l.state = 'JUNK') AS was_junk,
  EXISTS (SELECT 1 FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = e.person_id AND c.archived_at IS NULL) AS is_contact
FROM enrollments e JOIN sequences s ON s.workspace_id = $1 AND s.id = e.sequence_id
WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) ORDER BY e.id FOR NO KEY UPDATE OF e
