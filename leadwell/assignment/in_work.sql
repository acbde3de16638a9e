-- What: how many leads users ($2) work on; what is in nurturing is not in work. Cost: the open leads of these users. Index: leads_owner.
SELECT l.owner_id, count(*) AS n FROM leads l JOIN lead_statuses s ON s.workspace_id = $1 AND s.id = l.status_id
WHERE l.workspace_id = $1 AND l.owner_id = ANY($2::uuid[]) AND l.state = 'OPEN' AND l.archived_at IS NULL AND s.type <> 'NURTURING' GROUP BY l.owner_id
