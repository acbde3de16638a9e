-- What: ends a revert once no sheet is left. Cost: one row. Index: primary keys of imports and import_changes.
UPDATE imports i SET state = 'REVERTED', version = i.version + 1, updated_at = $3
WHERE i.workspace_id = $1 AND i.id = $2 AND i.state = 'REVERTING'
  AND NOT EXISTS (SELECT FROM import_changes c WHERE c.workspace_id = $1 AND c.import_id = i.id)
RETURNING i.version, i.reverted_count, i.left_count
