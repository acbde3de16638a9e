-- What: deletes events from before $2, a batch ($3) at a time. Cost: the batch. Index: happenings_made.
DELETE FROM happenings t WHERE t.workspace_id = $1 AND t.id IN (
  SELECT h.id FROM happenings h WHERE h.workspace_id = $1 AND h.created_at < $2 ORDER BY h.created_at LIMIT $3)
