-- What: the companies of a contact. Cost: one probe a link. Index: contact_companies unique, companies_pkey.
SELECT l.company_id, l.role, l.is_primary, l.from_on, l.to_on, c.kind, c.name
FROM contact_companies l JOIN companies c ON c.workspace_id = $1 AND c.id = l.company_id
WHERE l.workspace_id = $1 AND l.contact_id = $2
ORDER BY l.is_primary DESC, l.created_at, l.id
