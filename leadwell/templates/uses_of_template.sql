-- What: what would miss a template: versions of sequences that people are or may come to be in, broadcasts that are not over, mail on its way.
-- Cost: the workspace's sequences and broadcasts. Index: primary keys, sends_open.
SELECT x.noun, x.id, x.name FROM (
  SELECT DISTINCT 'Sequence' AS noun, q.id, q.name FROM sequences q JOIN sequence_versions v ON v.workspace_id = $1 AND v.sequence_id = q.id
  WHERE q.workspace_id = $1 AND q.state <> 'ARCHIVED' AND q.archived_at IS NULL AND strpos(v.steps::text, $2::uuid::text) > 0
    AND (v.state IN ('DRAFT', 'LIVE') OR EXISTS (SELECT 1 FROM enrollments e WHERE e.workspace_id = $1 AND e.sequence_id = q.id AND e.version_id = v.id AND e.state = 'ACTIVE'))
  UNION ALL
  SELECT 'Broadcast', b.id, b.name FROM broadcasts b
  WHERE b.workspace_id = $1 AND b.state NOT IN ('DONE', 'CANCELED') AND b.archived_at IS NULL AND strpos(b.variants::text, $2::uuid::text) > 0
  UNION ALL
  (SELECT 'Send', s.id, 'mail on its way' FROM sends s WHERE s.workspace_id = $1 AND s.state IN ('PLANNED', 'SENDING', 'DEFERRED') AND s.template_id = $2 LIMIT 1)
) x ORDER BY x.noun, x.name, x.id LIMIT $3
