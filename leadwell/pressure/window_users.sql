-- What: sequences whose steps name a window, in versions that are written, live, or still walked by somebody. Cost: the workspace's sequences.
-- Index: primary keys, enrollments_active.
SELECT q.name FROM sequences q
WHERE q.workspace_id = $1 AND q.state <> 'ARCHIVED' AND q.archived_at IS NULL AND EXISTS (
  SELECT 1 FROM sequence_versions v WHERE v.workspace_id = $1 AND v.sequence_id = q.id AND strpos(v.steps::text, $2::uuid::text) > 0
    AND (v.state IN ('DRAFT', 'LIVE') OR EXISTS (
      SELECT 1 FROM enrollments e WHERE e.workspace_id = $1 AND e.sequence_id = q.id AND e.version_id = v.id AND e.state = 'ACTIVE')))
ORDER BY q.name LIMIT 20
