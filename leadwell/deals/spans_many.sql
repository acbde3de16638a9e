-- What: ends the current stage spans of deals and begins the next ones. Cost: two rows a deal. Index: deal_stage_spans_current.
WITH given AS (
  SELECT * FROM jsonb_to_recordset($2::jsonb) AS g (id uuid, deal_id uuid, stage_id uuid)
), ended AS (
  UPDATE deal_stage_spans s SET left_at = $3 FROM given g WHERE s.workspace_id = $1 AND s.deal_id = g.deal_id AND s.left_at IS NULL RETURNING s.id
)
INSERT INTO deal_stage_spans (workspace_id, id, deal_id, stage_id, entered_at, actor)
SELECT $1, g.id, g.deal_id, g.stage_id, $3, $4 FROM given g, (SELECT count(*) FROM ended) AS done
