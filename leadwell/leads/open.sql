-- What: opens leads with their first status span. A pipeline that is not there, or a status that is not of it, makes it fail: it has no id to write.
-- Cost: two rows a lead. Index: leads_open. The first span has the id of its lead: joining a second id back would be quadratic in the batch.
-- People are locked or made by the caller, so nobody has an open lead in the pipeline.
WITH given AS (
  SELECT x.*, s.id AS status, s.pipeline_id AS pipeline
  FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, person_id uuid, pipeline_id uuid, status_id uuid, intent text, repeat_of_id uuid,
    last_activity_at timestamptz, owner_id uuid, source_id uuid, campaign_id uuid, title text, company_name text, company_website text,
    industry text, employees int, need text, budget_minor bigint, currency text, interest text, product_id uuid, referred_by_id uuid, version int)
  LEFT JOIN pipelines p ON p.workspace_id = $1 AND p.kind = 'LEAD' AND (p.id = x.pipeline_id OR (x.pipeline_id IS NULL AND p.is_default))
  LEFT JOIN lead_statuses s ON s.workspace_id = $1 AND s.pipeline_id = p.id
    AND (s.id = x.status_id OR (x.status_id IS NULL AND s.type = 'NEW' AND s.is_default))
), made AS (
  INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, intent, owner_id, source_id, campaign_id, title, company_name,
    company_website, industry, employees, need, budget_minor, currency, interest, product_id, referred_by_id, repeat_of_id, status_since,
    last_activity_at, version, created_at, updated_at)
  SELECT $1, g.id, g.person_id, g.pipeline, g.status, g.intent, g.owner_id, g.source_id, g.campaign_id, g.title, g.company_name,
    g.company_website, g.industry, g.employees, g.need, g.budget_minor, g.currency, g.interest, g.product_id, g.referred_by_id, g.repeat_of_id, $3,
    g.last_activity_at, g.version, $3, $3
  FROM given g ORDER BY g.person_id, g.pipeline
)
INSERT INTO lead_status_spans (workspace_id, id, lead_id, status_id, entered_at, actor)
SELECT $1, g.id, g.id, g.status, $3, $4 FROM given g
