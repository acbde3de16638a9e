-- What: locks the person, then the contact. Cost: two rows. Index: primary keys.
SELECT c.*
FROM people p JOIN contacts c ON c.workspace_id = $1 AND c.id = $2 AND c.person_id = p.id
WHERE p.workspace_id = $1 AND p.id = (SELECT x.person_id FROM contacts x WHERE x.workspace_id = $1 AND x.id = $2)
FOR NO KEY UPDATE OF p, c
