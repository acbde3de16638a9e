-- What: moves an import on by a batch. Cost: one row. Index: primary key of imports.
UPDATE imports SET done_rows = $3, created_count = created_count + $4, attached_count = attached_count + $5, unchanged_count = unchanged_count + $6,
  failed_count = failed_count + $7, conflict_count = conflict_count + $8, version = version + 1, updated_at = $9
WHERE workspace_id = $1 AND id = $2
