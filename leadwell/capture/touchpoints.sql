-- What: keeps each arrival of a person. Cost: one row each. Index: none read.
INSERT INTO touchpoints (workspace_id, id, person_id, lead_id, source_id, campaign_id, submission_id, at, utm_source, utm_medium, utm_campaign, utm_term,
  utm_content, click_id, referrer, page, created_at)
SELECT $1, x.id, x.person_id, x.lead_id, x.source_id, x.campaign_id, x.submission_id, x.at, x.utm_source, x.utm_medium, x.utm_campaign, x.utm_term,
  x.utm_content, x.click_id, x.referrer, x.page, $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, person_id uuid, lead_id uuid, source_id uuid, campaign_id uuid, submission_id uuid, at timestamptz,
  utm_source text, utm_medium text, utm_campaign text, utm_term text, utm_content text, click_id text, referrer text, page text)
