-- What: the open leads of some people, each in the pipeline asked for (NULL: the default one), locked. Cost: one probe a person. Index: leads_open.
SELECT x.pipeline_id AS asked, l.id, l.person_id, l.version, l.title, l.company_name, l.company_website, l.industry, l.employees, l.need, l.budget_minor,
  l.currency, l.interest, l.product_id, l.referred_by_id, l.source_id, l.campaign_id, l.owner_id
FROM unnest($2::uuid[], $3::uuid[]) AS x (person_id, pipeline_id)
JOIN pipelines p ON p.workspace_id = $1 AND p.kind = 'LEAD' AND (p.id = x.pipeline_id OR (x.pipeline_id IS NULL AND p.is_default))
JOIN leads l ON l.workspace_id = $1 AND l.person_id = x.person_id AND l.pipeline_id = p.id AND l.state = 'OPEN'
ORDER BY l.id FOR NO KEY UPDATE OF l
