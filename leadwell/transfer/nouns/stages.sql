-- What: every stage of the deal pipelines, the default pipeline first, in order. Cost: two small tables.
SELECT s.id, s.name, s.type, s.pipeline_id, s.probability, p.name AS pipeline, p.close_days
FROM deal_stages s JOIN pipelines p ON p.workspace_id = $1 AND p.id = s.pipeline_id
WHERE s.workspace_id = $1 AND s.archived_at IS NULL AND p.archived_at IS NULL AND p.kind = 'DEAL'
ORDER BY p.is_default DESC, p.created_at, p.id, s.position
