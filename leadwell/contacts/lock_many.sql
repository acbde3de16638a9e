-- What: locks the people behind some contacts, then the contacts, each in one order, and reads the contacts. Cost: two rows a contact. Index: primary keys.
-- Missing: unknown, or repointed to another person while we waited.
WITH held AS MATERIALIZED (
  SELECT p.id FROM people p
  WHERE p.workspace_id = $1 AND p.id IN (SELECT x.person_id FROM contacts x WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[]))
  ORDER BY p.id FOR NO KEY UPDATE
)
SELECT c.* FROM contacts c WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) AND c.person_id IN (SELECT h.id FROM held h)
ORDER BY c.id FOR NO KEY UPDATE
