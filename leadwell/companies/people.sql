-- What: whoever is at some companies, as contact or lead. Cost: two index ranges a company. Index: contacts_company, leads_company.
SELECT k.person_id FROM contacts k WHERE k.workspace_id = $1 AND k.company_id = ANY($2::uuid[])
UNION
SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.company_id = ANY($2::uuid[])
