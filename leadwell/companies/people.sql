-- What: whoever is at a company, as contact or lead. Cost: two index ranges. Index: contacts_company, leads_company.
SELECT k.person_id FROM contacts k WHERE k.workspace_id = $1 AND k.company_id = $2
UNION
SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.company_id = $2
