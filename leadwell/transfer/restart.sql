-- What: reads a file again from its first row, under another mapping. Cost: one row. Index: primary key of imports.
UPDATE imports SET mapping = $3, options = $4, state = 'RUNNING', done_rows = 0, created_count = 0, attached_count = 0, unchanged_count = 0,
  failed_count = 0, conflict_count = 0, run = run + 1, total_rows = NULL, error = NULL, reverted_by = NULL, version = version + 1, updated_at = $5
WHERE workspace_id = $1 AND id = $2
