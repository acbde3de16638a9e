-- What: closes leads and puts them away, out of every list and figure. Cost: two rows each. Index: primary key of leads, lead_status_spans_current.
WITH closed AS (
  UPDATE leads l SET state = 'JUNK', archived_at = $3, closed_at = $3, junk_note = 'Its import was taken back', version = l.version + 1, updated_at = $3,
    status_since = $3, status_id = coalesce((SELECT s.id FROM lead_statuses s WHERE s.workspace_id = $1 AND s.pipeline_id = l.pipeline_id AND s.type = 'JUNK'
      AND s.archived_at IS NULL ORDER BY s.is_default DESC, s.position LIMIT 1), l.status_id)
  WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[]) AND l.state = 'OPEN'
  RETURNING l.id
)
UPDATE lead_status_spans p SET left_at = $3 FROM closed c WHERE p.workspace_id = $1 AND p.lead_id = c.id AND p.left_at IS NULL
