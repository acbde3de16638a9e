-- What: what the gate asks about enrollments, locked in one order. Cost: a few index probes each. Index: primary keys, leads_person, events_person.
SELECT e.id, e.state, e.exit_reason, e.step, e.visit, e.paused_at, e.paused_until, s.state AS sequence_state, s.audience, s.exit_on,
  EXISTS (SELECT 1 FROM sends x WHERE x.workspace_id = $1 AND x.enrollment_id = e.id AND x.replied_at IS NOT NULL) AS replied,
  s.exit_on ? 'HAND_RAISE' AND EXISTS (SELECT 1 FROM events v WHERE v.workspace_id = $1 AND v.person_id = e.person_id AND v.at > e.created_at
    AND (v.kind IN ('lead.raised_hand', 'contact.raised_hand') OR v.kind IN ('lead.created', 'lead.repeated') AND v.data->>'intent' = 'HAND_RAISE' AND NOT v.data ? 'quiet')) AS raised,
  CASE WHEN s.exit_on ? 'MEETING_BOOKED' AND EXISTS (SELECT 1 FROM events v WHERE v.workspace_id = $1 AND v.person_id = e.person_id AND v.at > e.created_at
      AND v.kind = 'meeting.scheduled') THEN 'MEETING_BOOKED'
    WHEN s.exit_on ? 'DEAL_OPENED' AND EXISTS (SELECT 1 FROM contacts c JOIN deal_contacts x ON x.workspace_id = $1 AND x.contact_id = c.id
      JOIN deals d ON d.workspace_id = $1 AND d.id = x.deal_id AND d.lead_id IS NULL AND d.created_at > e.created_at
      WHERE c.workspace_id = $1 AND c.person_id = e.person_id) THEN 'DEAL_OPENED'
    WHEN s.exit_on ? 'OWNER_TOOK_OVER' AND (EXISTS (SELECT 1 FROM events v WHERE v.workspace_id = $1 AND v.person_id = e.person_id AND v.at > e.created_at
      AND v.kind = 'lead.accepted') OR EXISTS (SELECT 1 FROM activity_participants p JOIN activities a ON a.workspace_id = $1 AND a.id = p.activity_id
      WHERE p.workspace_id = $1 AND p.person_id = e.person_id AND p.kind IN ('CALL', 'EMAIL', 'MEETING') AND p.at > e.created_at AND a.user_id IS NOT NULL
      AND NOT a.automated AND (a.direction = 'OUTBOUND' OR a.kind = 'MEETING'))) THEN 'OWNER_TOOK_OVER'
  END AS ended_by, s.goal, s.id AS sequence_id, e.person_id, e.version_id, e.arrived_at,
  EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.person_id = e.person_id AND l.state = 'OPEN' AND l.archived_at IS NULL) AS is_lead,
  EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.person_id = e.person_id AND l.state = 'CONVERTED') AS was_converted,
  EXISTS (SELECT 1 FROM leads l WHERE l.workspace_id = $1 AND l.person_id = e.person_id AND l.state = 'JUNK') AS was_junk,
  EXISTS (SELECT 1 FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = e.person_id AND c.archived_at IS NULL) AS is_contact
FROM enrollments e JOIN sequences s ON s.workspace_id = $1 AND s.id = e.sequence_id
WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) ORDER BY e.id FOR NO KEY UPDATE OF e
