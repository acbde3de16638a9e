-- What: sequences, broadcasts, automations and segments that name a segment. Cost: the workspace's rules. Index: primary keys.
SELECT x.noun, x.id, x.name FROM (
  SELECT 'Sequence' AS noun, q.id, q.name FROM sequences q WHERE q.workspace_id = $1 AND q.archived_at IS NULL AND q.state <> 'ARCHIVED' AND (
    strpos(q.entry::text, $2::uuid::text) > 0 OR strpos(q.entry::text, $3) > 0 OR strpos(q.goal::text, $3) > 0
    OR EXISTS (SELECT 1 FROM sequence_versions v WHERE v.workspace_id = $1 AND v.sequence_id = q.id
      AND (strpos(v.steps::text, $2::uuid::text) > 0 OR strpos(v.steps::text, $3) > 0)
      AND (v.state IN ('DRAFT', 'LIVE')
        OR EXISTS (SELECT 1 FROM enrollments e WHERE e.workspace_id = $1 AND e.sequence_id = q.id AND e.version_id = v.id AND e.state = 'ACTIVE'))))
  UNION ALL
  SELECT 'Broadcast', b.id, b.name FROM broadcasts b WHERE b.workspace_id = $1 AND b.archived_at IS NULL AND b.state IN ('DRAFT', 'SCHEDULED', 'PREPARING')
    AND (strpos(b.audience::text, $2::uuid::text) > 0 OR strpos(b.audience::text, $3) > 0)
  UNION ALL
  SELECT 'Automation', a.id, a.name FROM automations a WHERE a.workspace_id = $1 AND a.archived_at IS NULL
    AND EXISTS (SELECT 1 FROM automation_versions v WHERE v.workspace_id = $1 AND v.automation_id = a.id AND v.state IN ('DRAFT', 'LIVE') AND strpos(v.rule::text, $3) > 0)
  UNION ALL
  SELECT 'Segment', s.id, s.name FROM segments s WHERE s.workspace_id = $1 AND s.archived_at IS NULL AND $2 = ANY(s.uses)
) x ORDER BY x.noun, x.name, x.id LIMIT $4
