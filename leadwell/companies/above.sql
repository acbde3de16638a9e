-- What: whether $3 is $2 or stands above it, how many levels $2 and what is above it make, and how many $3 and what is below it. Stops after $4 levels.
-- Cost: one probe a level upwards, the companies below downwards. Index: companies_pkey, companies_parent.
WITH RECURSIVE chain AS (
  SELECT c.id, c.parent_id, 1 AS level FROM companies c WHERE c.workspace_id = $1 AND c.id = $2
  UNION
  SELECT c.id, c.parent_id, h.level + 1 FROM chain h JOIN companies c ON c.workspace_id = $1 AND c.id = h.parent_id WHERE h.level <= $4
), tree AS (
  SELECT $3::uuid AS id, 1 AS level
  UNION
  SELECT c.id, t.level + 1 FROM tree t JOIN companies c ON c.workspace_id = $1 AND c.parent_id = t.id WHERE t.level <= $4
)
SELECT EXISTS (SELECT 1 FROM chain h WHERE h.id = $3) AS circle,
  (SELECT p.name FROM companies p WHERE p.workspace_id = $1 AND p.id = $2) AS parent,
  (SELECT c.name FROM companies c WHERE c.workspace_id = $1 AND c.id = $3) AS company,
  coalesce((SELECT max(h.level) FROM chain h), 0) AS above, (SELECT max(t.level) - 1 FROM tree t) AS below
