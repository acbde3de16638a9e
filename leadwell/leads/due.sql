-- What: leads that are to be tried again. Cost: as many as asked for. Index: leads_recycle.
SELECT l.id, l.state FROM leads l
WHERE l.workspace_id = $1 AND l.recycle_at <= $2 AND l.archived_at IS NULL AND l.state IN ('OPEN', 'JUNK') ORDER BY l.recycle_at, l.id LIMIT $3
