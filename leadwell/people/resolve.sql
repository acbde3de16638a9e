-- What: the person each id means today. Cost: one probe a merge. Index: primary key of people.
WITH RECURSIVE way AS (
  SELECT p.id AS asked, p.id, p.merged_into FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[])
  UNION ALL
  SELECT w.asked, p.id, p.merged_into FROM way w JOIN people p ON p.workspace_id = $1 AND p.id = w.merged_into
)
SELECT w.asked, w.id FROM way w WHERE w.merged_into IS NULL
