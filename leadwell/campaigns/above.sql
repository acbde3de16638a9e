-- What: whether a campaign ($3) is another one ($2) or above it. Cost: one probe a level. Index: primary key of campaigns.
WITH RECURSIVE up AS (
  SELECT c.id, c.parent_id FROM campaigns c WHERE c.workspace_id = $1 AND c.id = $2
  UNION
  SELECT c.id, c.parent_id FROM up JOIN campaigns c ON c.workspace_id = $1 AND c.id = up.parent_id
)
SELECT true FROM up WHERE up.id = $3 LIMIT 1
