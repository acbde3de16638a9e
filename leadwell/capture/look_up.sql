-- What: the sources of the workspace and, where asked for, its campaigns, users, open statuses and topics, oldest first. Cost: small tables.
-- Index: their primary keys.
SELECT s.what, s.id, s.name, s.more FROM (
  SELECT 'source' AS what, t.id, t.name, t.channel AS more, t.created_at, 0 AS position FROM sources t WHERE t.workspace_id = $1 AND t.archived_at IS NULL
  UNION ALL
  SELECT 'campaign', c.id, c.name, NULL, c.created_at, 0 FROM campaigns c WHERE $2 AND c.workspace_id = $1 AND c.archived_at IS NULL
  UNION ALL
  SELECT 'user', u.id, u.name, u.email, u.created_at, 0 FROM users u WHERE $3 AND u.workspace_id = $1 AND u.archived_at IS NULL
  UNION ALL
  SELECT 'status', l.id, l.name, NULL, l.created_at, l.position FROM lead_statuses l JOIN pipelines p ON p.workspace_id = $1 AND p.id = l.pipeline_id
  WHERE $4 AND l.workspace_id = $1 AND l.archived_at IS NULL AND p.is_default AND p.kind = 'LEAD' AND l.type NOT IN ('CONVERTED', 'JUNK', 'MERGED')
  UNION ALL
  SELECT 'topic', o.id, o.code, o.basis, o.created_at, 0 FROM topics o WHERE $5 AND o.workspace_id = $1 AND o.archived_at IS NULL
) s ORDER BY s.created_at, s.position, s.id
