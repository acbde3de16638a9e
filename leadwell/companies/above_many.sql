-- What: for each of the companies $3 whether it is $2 or stands above it, and how many levels it would make below $2 with what is below it. Stops after $4
-- levels. OFFSET 0: each is looked up, however many the planner expects. Cost: one probe a level upwards, the companies below downwards.
-- Index: companies_pkey, companies_parent.
WITH RECURSIVE chain AS (
  SELECT c.id, c.parent_id, 1 AS level FROM companies c WHERE c.workspace_id = $1 AND c.id = $2
  UNION
  SELECT c.id, c.parent_id, h.level + 1 FROM chain h JOIN companies c ON c.workspace_id = $1 AND c.id = h.parent_id WHERE h.level <= $4
), tree AS (
  SELECT w.id AS top, w.id, 1 AS level FROM unnest($3::uuid[]) AS w (id)
  UNION
  SELECT t.top, c.id, t.level + 1 FROM tree t
  CROSS JOIN LATERAL (SELECT x.id FROM companies x WHERE x.workspace_id = $1 AND x.parent_id = t.id OFFSET 0) c WHERE t.level <= $4
)
SELECT t.top AS id, EXISTS (SELECT 1 FROM chain h WHERE h.id = t.top) AS circle,
  coalesce((SELECT max(h.level) FROM chain h), 0) + max(t.level) AS levels
FROM tree t GROUP BY t.top
