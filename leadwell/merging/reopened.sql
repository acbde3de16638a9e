-- What: the history of statuses of leads opened again: what they were as MERGED ends, what they were before begins anew. Cost: two rows a lead.
-- Index: lead_status_spans_current.
WITH back AS (
  SELECT l.id, l.status_id FROM leads l WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[])
), ended AS (
  UPDATE lead_status_spans s SET left_at = $4 FROM back WHERE s.workspace_id = $1 AND s.lead_id = back.id AND s.left_at IS NULL RETURNING s.id
)
INSERT INTO lead_status_spans (workspace_id, id, lead_id, status_id, entered_at, actor)
SELECT $1, gen_random_uuid(), b.id, b.status_id, $4, $3 FROM back b, (SELECT count(*) FROM ended) AS done
