-- What: moves the open deals of a stage to another, each with its spans; they take its probability.
-- Cost: three rows a deal. Index: deals_stage.
WITH standing AS (
  SELECT d.id FROM deals d WHERE d.workspace_id = $1 AND d.stage_id = $2 AND d.state = 'OPEN' ORDER BY d.id FOR NO KEY UPDATE
), moved AS (
  UPDATE deals d SET stage_id = $3, stage_since = $4, version = d.version + 1, updated_at = $4, probability = t.probability
  FROM standing s, deal_stages t WHERE d.workspace_id = $1 AND d.id = s.id AND t.workspace_id = $1 AND t.id = $3 RETURNING d.id, d.version
), ended AS (
  UPDATE deal_stage_spans x SET left_at = $4 FROM moved m WHERE x.workspace_id = $1 AND x.deal_id = m.id AND x.left_at IS NULL RETURNING x.deal_id
), begun AS (
  INSERT INTO deal_stage_spans (workspace_id, id, deal_id, stage_id, entered_at, actor)
  SELECT $1, gen_random_uuid(), m.id, $3, $4, $5 FROM moved m
  WHERE (SELECT count(*) FROM ended) >= 0
)
SELECT m.id, NULL::uuid AS person_id, m.version FROM moved m
