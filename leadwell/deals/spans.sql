-- What: ends the current stage span of a deal and begins the next. Cost: two rows. Index: deal_stage_spans_current.
WITH ended AS (
  UPDATE deal_stage_spans s SET left_at = $5 WHERE s.workspace_id = $1 AND s.deal_id = $2 AND s.left_at IS NULL RETURNING s.id
)
INSERT INTO deal_stage_spans (workspace_id, id, deal_id, stage_id, entered_at, actor)
SELECT $1, $3, $2, $4, $5, $6 FROM (SELECT count(*) FROM ended) AS done
