-- What: templates, layouts and snippets that take a snippet in. Cost: the workspace's templates. Index: primary keys.
WITH s AS (SELECT n.name FROM snippets n WHERE n.workspace_id = $1 AND n.id = $2)
SELECT x.noun, x.id, x.name FROM (
  SELECT 'Template' AS noun, t.id, t.name FROM templates t, s WHERE t.workspace_id = $1 AND t.archived_at IS NULL AND t.parts -> 'snippets' ? s.name
  UNION ALL
  SELECT 'Snippet', o.id, o.name FROM snippets o, s WHERE o.workspace_id = $1 AND o.archived_at IS NULL AND s.name = ANY(o.uses)
  UNION ALL
  SELECT 'Layout', l.id, l.name FROM layouts l, s WHERE l.workspace_id = $1 AND l.archived_at IS NULL AND s.name = ANY(l.uses)
) x ORDER BY x.noun, x.name, x.id LIMIT $3
