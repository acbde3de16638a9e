-- What: the latest open lead of each person. Cost: a probe each. Index: leads_person.
SELECT DISTINCT ON (l.person_id) l.person_id, l.id AS lead_id
FROM leads l
WHERE l.workspace_id = $1 AND l.person_id = ANY($2::uuid[]) AND l.state = 'OPEN'
ORDER BY l.person_id, l.created_at DESC, l.id DESC
