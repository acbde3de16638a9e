-- What: ends the keeping of raw rows of imports that were finished long ago. Cost: the packs of the workspace, a row per 1,000 rows imported.
DELETE FROM import_rows r USING imports i
WHERE r.workspace_id = $1 AND i.workspace_id = $1 AND i.id = r.import_id AND i.state IN ('DONE', 'CANCELED')
  AND i.updated_at < $2
