-- What: locks the people behind some leads, then the leads, each in one order, and reads the leads. Cost: two rows a lead. Index: primary keys.
-- Missing: unknown, sealed (the update policy hides it), or repointed to another person while we waited.
WITH held AS MATERIALIZED (
  SELECT p.id FROM people p
  WHERE p.workspace_id = $1 AND p.id IN (SELECT x.person_id FROM leads x WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[]))
  ORDER BY p.id FOR NO KEY UPDATE
)
SELECT l.* FROM leads l WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[]) AND l.person_id IN (SELECT h.id FROM held h)
ORDER BY l.id FOR NO KEY UPDATE
