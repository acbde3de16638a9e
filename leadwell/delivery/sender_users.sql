-- What: who uses a sender: sequences that are not put away (`fixed` where a step names it, which no replacement changes), and broadcasts that are not over.
-- Cost: the workspace's sequences and broadcasts. Index: primary keys, enrollments_active.
SELECT x.kind, x.name, x.fixed FROM (
  SELECT 'sequence' AS kind, q.name, false AS fixed FROM sequences q
  WHERE q.workspace_id = $1 AND q.sender_id = $2 AND q.state <> 'ARCHIVED' AND q.archived_at IS NULL
  UNION
  SELECT 'steps of sequence', q.name, true FROM sequences q JOIN sequence_versions v ON v.workspace_id = $1 AND v.sequence_id = q.id
  WHERE q.workspace_id = $1 AND q.state <> 'ARCHIVED' AND q.archived_at IS NULL AND strpos(v.steps::text, $2::uuid::text) > 0
    AND (v.state IN ('DRAFT', 'LIVE') OR EXISTS (SELECT 1 FROM enrollments e WHERE e.workspace_id = $1 AND e.sequence_id = q.id AND e.version_id = v.id AND e.state = 'ACTIVE'))
  UNION
  SELECT 'broadcast', b.name, true FROM broadcasts b
  WHERE b.workspace_id = $1 AND b.sender_id = $2 AND b.state NOT IN ('DONE', 'CANCELED') AND b.archived_at IS NULL
) x ORDER BY x.fixed DESC, x.kind, x.name LIMIT 100
