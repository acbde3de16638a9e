-- What: others of the same company who are in the sequence whose mail ($2) was answered, where it says what becomes of them. Cost: a few index probes an
-- answer. Index: primary keys, contacts_person, leads_person, contacts_company, leads_company, enrollments_person.
SELECT DISTINCT o.id, q.company_reply
FROM sends s
JOIN enrollments e ON e.workspace_id = $1 AND e.id = s.enrollment_id
JOIN sequences q ON q.workspace_id = $1 AND q.id = e.sequence_id AND q.company_reply <> 'NOTHING'
JOIN LATERAL (
  SELECT c.company_id FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = e.person_id AND c.company_id IS NOT NULL
  UNION SELECT l.company_id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = e.person_id AND l.company_id IS NOT NULL
) k ON true
JOIN LATERAL (
  SELECT c.person_id FROM contacts c WHERE c.workspace_id = $1 AND c.company_id = k.company_id AND c.archived_at IS NULL
  UNION SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.company_id = k.company_id AND l.state = 'OPEN'
) p ON p.person_id <> e.person_id
JOIN enrollments o ON o.workspace_id = $1 AND o.person_id = p.person_id AND o.sequence_id = e.sequence_id AND o.state = 'ACTIVE' AND o.paused_at IS NULL
WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[])
