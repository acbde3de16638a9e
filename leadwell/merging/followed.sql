-- What: a merge that holds, and the last step of its manifest. Cost: one row and the end of an index. Index: merge_rows_merge.
SELECT m.folds, m.blanked_at, coalesce((SELECT max(r.step) FROM merge_rows r WHERE r.workspace_id = $1 AND r.merge_id = m.id), 0) AS step
FROM merges m WHERE m.workspace_id = $1 AND m.id = $2 AND m.unmerged_at IS NULL FOR NO KEY UPDATE OF m
