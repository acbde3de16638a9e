-- What: sequences with the steps of every version that is written, live, or still walked by somebody. Cost: the sequences of a workspace, which are few, and
-- an index probe a version. Index: sequences, sequence_versions, enrollments_active.
SELECT s.id, s.name, s.entry, s.sender_id, coalesce(jsonb_agg(v.steps) FILTER (WHERE v.id IS NOT NULL), '[]') AS versions
FROM sequences s
LEFT JOIN sequence_versions v ON v.workspace_id = $1 AND v.sequence_id = s.id AND (v.state <> 'RETIRED' OR EXISTS (
  SELECT 1 FROM enrollments e WHERE e.workspace_id = $1 AND e.sequence_id = s.id AND e.version_id = v.id AND e.state = 'ACTIVE'))
WHERE s.workspace_id = $1 AND s.state <> 'ARCHIVED'
GROUP BY s.id, s.name, s.entry, s.sender_id ORDER BY s.name
