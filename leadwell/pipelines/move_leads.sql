-- What: moves the open leads of a status to another, each with its spans. Cost: three rows a lead. Index: leads_status.
WITH standing AS (
  SELECT l.id FROM leads l WHERE l.workspace_id = $1 AND l.status_id = $2 AND l.state = 'OPEN' ORDER BY l.id FOR NO KEY UPDATE
), moved AS (
  UPDATE leads l SET status_id = $3, status_since = $4, version = l.version + 1, updated_at = $4
  FROM standing s WHERE l.workspace_id = $1 AND l.id = s.id RETURNING l.id, l.person_id, l.version
), ended AS (
  UPDATE lead_status_spans x SET left_at = $4 FROM moved m WHERE x.workspace_id = $1 AND x.lead_id = m.id AND x.left_at IS NULL RETURNING x.lead_id
), begun AS (
  INSERT INTO lead_status_spans (workspace_id, id, lead_id, status_id, entered_at, actor)
  SELECT $1, gen_random_uuid(), m.id, $3, $4, $5 FROM moved m
  WHERE (SELECT count(*) FROM ended) >= 0
)
SELECT m.id, m.person_id, m.version FROM moved m
