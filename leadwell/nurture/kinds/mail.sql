-- What: to whom, at which address and from whom the mail of these enrollments goes, the mail a thread goes on with, and whether nothing has come back for
-- as long as the sequence waits ($3 is now). Cost: some ten index probes each. Index: primary keys, person_emails_primary, sends_step, sends_person,
-- leads_person, contacts_person, senders_owner, activity_participants_person.
SELECT e.id, e.person_id, q.topic_id, q.sender_id, q.goal, a.normalized, a.address, o.sender_id AS owner_sender_id,
  (SELECT s.id FROM sends s WHERE s.workspace_id = $1 AND s.enrollment_id = e.id AND s.state = 'SENT' ORDER BY s.planned_at DESC, s.id DESC LIMIT 1) AS latest_id,
  CASE WHEN q.sunset_days IS NULL THEN false ELSE
    EXISTS (SELECT 1 FROM sends s WHERE s.workspace_id = $1 AND s.person_id = e.person_id AND s.state = 'SENT'
      AND s.sending_at <= $3::timestamptz - make_interval(days => q.sunset_days))
    AND NOT EXISTS (SELECT 1 FROM sends s WHERE s.workspace_id = $1 AND s.person_id = e.person_id
      AND greatest(s.opened_at, s.clicked_at, s.replied_at) > $3::timestamptz - make_interval(days => q.sunset_days))
    AND NOT EXISTS (SELECT 1 FROM activity_participants p WHERE p.workspace_id = $1 AND p.person_id = e.person_id
      AND p.at > $3::timestamptz - make_interval(days => q.sunset_days) AND p.reading = 'HUMAN'
      AND p.kind IN ('FORM', 'PAGE_VIEW', 'OPEN', 'CLICK', 'REPLY', 'PURCHASE', 'MEETING', 'CALL', 'TICKET', 'SURVEY'))
  END AS sunset
FROM unnest($2::uuid[]) AS wanted (id)
JOIN enrollments e ON e.workspace_id = $1 AND e.id = wanted.id
JOIN sequences q ON q.workspace_id = $1 AND q.id = e.sequence_id
LEFT JOIN person_emails a ON a.workspace_id = $1 AND a.person_id = e.person_id AND a.is_primary AND a.is_valid
LEFT JOIN LATERAL (
  SELECT s.id AS sender_id FROM senders s WHERE s.workspace_id = $1 AND s.archived_at IS NULL AND s.owner_id = (SELECT coalesce(
    (SELECT l.owner_id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = e.person_id AND l.state = 'OPEN' AND l.archived_at IS NULL
      ORDER BY l.created_at DESC LIMIT 1),
    (SELECT c.owner_id FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = e.person_id AND c.archived_at IS NULL)))
  ORDER BY s.is_default DESC, s.id LIMIT 1
) o ON true
