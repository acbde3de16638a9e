-- What: moves open leads to other open statuses, and ends and begins their status spans. Cost: three rows a lead.
-- Index: primary key of leads, lead_status_spans_current.
WITH given AS (
  SELECT * FROM jsonb_to_recordset($2::jsonb) AS g (id uuid, span_id uuid, status_id uuid, sales_qualified_at timestamptz)
), written AS (
  UPDATE leads l SET status_id = g.status_id, status_since = $3, sales_qualified_at = coalesce(g.sales_qualified_at, l.sales_qualified_at),
    version = l.version + 1, updated_at = $3
  FROM given g WHERE l.workspace_id = $1 AND l.id = g.id
  RETURNING l.id
), ended AS (
  UPDATE lead_status_spans s SET left_at = $3 FROM written w WHERE s.workspace_id = $1 AND s.lead_id = w.id AND s.left_at IS NULL RETURNING s.id
)
INSERT INTO lead_status_spans (workspace_id, id, lead_id, status_id, entered_at, actor)
SELECT $1, g.span_id, g.id, g.status_id, $3, $4 FROM given g, (SELECT count(*) FROM ended) AS done
