-- What: locks the person, then the lead, and reads the lead as it is once both are held. Cost: two rows. Index: primary keys.
-- No row: unknown, sealed (the update policy hides it), or repointed to another person while we waited.
SELECT l.*
FROM people p JOIN leads l ON l.workspace_id = $1 AND l.id = $2 AND l.person_id = p.id
WHERE p.workspace_id = $1 AND p.id = (SELECT x.person_id FROM leads x WHERE x.workspace_id = $1 AND x.id = $2)
FOR NO KEY UPDATE OF p, l
