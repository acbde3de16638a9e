-- What: one row when $3 is $2 or stands above it. Cost: one probe a level. Index: companies_pkey.
WITH RECURSIVE chain AS (
  SELECT c.id, c.parent_id FROM companies c WHERE c.workspace_id = $1 AND c.id = $2
  UNION
  SELECT c.id, c.parent_id FROM chain h JOIN companies c ON c.workspace_id = $1 AND c.id = h.parent_id
)
SELECT p.name AS parent, c.name AS company
FROM companies p JOIN companies c ON c.workspace_id = $1 AND c.id = $3
WHERE p.workspace_id = $1 AND p.id = $2 AND EXISTS (SELECT 1 FROM chain h WHERE h.id = $3)
