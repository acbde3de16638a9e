-- What: counts a batch of a change set. Cost: one row. Index: change_sets_pkey.
UPDATE change_sets SET done_rows = done_rows + $3, changed_count = changed_count + $4, unchanged_count = unchanged_count + $5,
  refused_count = refused_count + $6, reverted_count = reverted_count + $7, left_count = left_count + $8, version = version + 1, updated_at = $9
WHERE workspace_id = $1 AND id = $2
