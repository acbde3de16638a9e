-- What: ends an import. Cost: one row. Index: primary key of imports.
UPDATE imports SET state = $3, total_rows = coalesce($4, total_rows), error = $5, version = version + 1, updated_at = $6
WHERE workspace_id = $1 AND id = $2
RETURNING id, version, done_rows, created_count, attached_count, unchanged_count, failed_count, conflict_count
