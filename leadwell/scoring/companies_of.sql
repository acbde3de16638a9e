-- What: the companies people belong or belonged to, by contact or lead. Cost: some probes a person. Index: contacts' unique person,
--   contact_companies' contact, leads_person.
SELECT k.company_id FROM contacts k WHERE k.workspace_id = $1 AND k.person_id = ANY($2::uuid[]) AND k.company_id IS NOT NULL
UNION
SELECT b.company_id FROM contacts k JOIN contact_companies b ON b.workspace_id = $1 AND b.contact_id = k.id
WHERE k.workspace_id = $1 AND k.person_id = ANY($2::uuid[])
UNION
SELECT l.company_id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = ANY($2::uuid[]) AND l.company_id IS NOT NULL
