-- What: the distinct people of companies, contacts and those of leads, with their engagement under the default model. Cost: two probes a person.
-- Index: contacts_company, leads_company, scores_default.
SELECT m.company_id, m.person_id, s.engagement
FROM (
  SELECT k.company_id, k.person_id FROM contacts k WHERE k.workspace_id = $1 AND k.company_id = ANY($2::uuid[]) AND k.archived_at IS NULL
  UNION
  SELECT l.company_id, l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.company_id = ANY($2::uuid[]) AND l.state <> 'MERGED'
) m
JOIN scores s ON s.workspace_id = $1 AND s.person_id = m.person_id AND s.is_default
WHERE s.engagement > 0
