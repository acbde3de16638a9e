-- What: deletes files announced or attached for nothing since $2; those somebody is attaching now are left for the next time. Cost: a range of loose files.
-- Index: files_loose, attachments_file.
DELETE FROM files WHERE workspace_id = $1 AND id IN (
  SELECT f.id FROM files f WHERE f.workspace_id = $1 AND f.purpose = 'ATTACHMENT' AND f.updated_at < $2
    AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.workspace_id = $1 AND a.file_id = f.id)
  ORDER BY f.updated_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING store_key
