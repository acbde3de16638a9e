-- What: puts deals away. Cost: one row each. Index: primary key of deals.
UPDATE deals d SET archived_at = $3, version = d.version + 1, updated_at = $3 WHERE d.workspace_id = $1 AND d.id = ANY($2::uuid[]) AND d.archived_at IS NULL
