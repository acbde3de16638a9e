-- What: how far a revert has come. Cost: one row. Index: primary key of imports.
UPDATE imports SET reverted_count = reverted_count + $3, left_count = left_count + $4, version = version + 1, updated_at = $5 WHERE workspace_id = $1 AND id = $2
