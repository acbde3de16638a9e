-- What: lines of a step that were not taken back: how many, and the keys of the first hundred. Cost: the step's lines. Index: merge_rows_merge.
SELECT r.keys -> 0 AS key, count(*) OVER () AS n FROM merge_rows r
WHERE r.workspace_id = $1 AND r.merge_id = $2 AND r.step = $3 AND r.action = $4 AND NOT (r.id = ANY($5::uuid[])) ORDER BY r.id LIMIT 100
