-- What: an import to be started; the same file of the same noun is the same import, read again. No row: it is under way. Cost: one row. Index: imports_file.
INSERT INTO imports AS i (workspace_id, id, noun, name, file_hash, mapping, options, state, upload_id, actor, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'READY', $8, $9, $10, $10)
ON CONFLICT (workspace_id, noun, file_hash) DO UPDATE SET mapping = EXCLUDED.mapping, options = EXCLUDED.options, state = 'READY', upload_id = EXCLUDED.upload_id,
  actor = EXCLUDED.actor, run = i.run + 1, done_rows = 0, created_count = 0, attached_count = 0, unchanged_count = 0, failed_count = 0, conflict_count = 0,
  total_rows = NULL, error = NULL, reverted_by = NULL, preview = NULL, version = i.version + 1, updated_at = EXCLUDED.updated_at
WHERE i.state NOT IN ('RUNNING', 'REHEARSING', 'REVERTING')
RETURNING i.id
