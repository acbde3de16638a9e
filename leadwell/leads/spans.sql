-- What: ends the current status span of a lead and begins the next. Cost: two rows. Index: lead_status_spans_current.
WITH ended AS (
  UPDATE lead_status_spans s SET left_at = $5 WHERE s.workspace_id = $1 AND s.lead_id = $2 AND s.left_at IS NULL RETURNING s.id
)
INSERT INTO lead_status_spans (workspace_id, id, lead_id, status_id, entered_at, actor)
SELECT $1, $3, $2, $4, $5, $6 FROM (SELECT count(*) FROM ended) AS done
