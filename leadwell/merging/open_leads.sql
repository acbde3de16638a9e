-- What: the open leads of the people, with how far each has come. Cost: one probe a person. Index: leads_person.
SELECT l.*, s.type, s.position FROM leads l JOIN lead_statuses s ON s.workspace_id = $1 AND s.id = l.status_id
WHERE l.workspace_id = $1 AND l.person_id = ANY($2::uuid[]) AND l.state = 'OPEN' ORDER BY l.id FOR UPDATE OF l
