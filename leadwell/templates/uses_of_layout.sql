-- What: templates that a layout stands around. Cost: the workspace's templates. Index: primary key.
SELECT 'Template' AS noun, t.id, t.name FROM templates t
WHERE t.workspace_id = $1 AND t.archived_at IS NULL AND t.layout_id = $2 ORDER BY t.name, t.id LIMIT $3
