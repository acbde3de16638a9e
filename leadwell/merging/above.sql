-- What: every company above these, with its parent. Cost: one probe a level. Index: companies_pkey.
WITH RECURSIVE chain AS (
  SELECT c.id, c.parent_id FROM companies c WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[])
  UNION
  SELECT c.id, c.parent_id FROM chain h JOIN companies c ON c.workspace_id = $1 AND c.id = h.parent_id
)
SELECT h.id, h.parent_id FROM chain h
