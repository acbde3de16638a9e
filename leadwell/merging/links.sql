-- What: the companies of contacts, the primary one first. Cost: one probe a link. Index: contact_companies unique, companies_pkey.
SELECT l.contact_id, l.company_id, k.kind = 'INDIVIDUAL' AS hidden FROM contact_companies l JOIN companies k ON k.workspace_id = $1 AND k.id = l.company_id
WHERE l.workspace_id = $1 AND l.contact_id = ANY($2::uuid[]) ORDER BY l.contact_id, l.is_primary DESC, (l.to_on IS NULL) DESC, l.created_at, l.id
