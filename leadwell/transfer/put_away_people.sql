-- What: puts people away. Cost: one row each. Index: primary key of people.
UPDATE people p SET archived_at = $3, version = p.version + 1, updated_at = $3 WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[]) AND p.archived_at IS NULL
