-- What: puts contacts away. Cost: one row each. Index: primary key of contacts.
UPDATE contacts c SET archived_at = $3, version = c.version + 1, updated_at = $3 WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) AND c.archived_at IS NULL
