-- What: notes that a file is imported; the same content is the same import. Cost: one row. Index: imports_file.
INSERT INTO imports (workspace_id, id, noun, name, file_hash, mapping, options, created_at, updated_at)
VALUES ($1, $2, $8, $3, $4, $5, $6, $7, $7)
ON CONFLICT (workspace_id, noun, file_hash) DO NOTHING
