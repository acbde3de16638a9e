-- What: the open stage a deal was in last that its pipeline still has. Cost: the spans of a deal. Index: deal_stage_spans_deal.
SELECT s.id FROM deal_stage_spans x JOIN deal_stages s ON s.workspace_id = $1 AND s.id = x.stage_id
JOIN deals d ON d.workspace_id = $1 AND d.id = x.deal_id AND d.pipeline_id = s.pipeline_id
WHERE x.workspace_id = $1 AND x.deal_id = $2 AND s.type = 'OPEN' AND s.archived_at IS NULL
ORDER BY x.entered_at DESC, x.id DESC LIMIT 1
