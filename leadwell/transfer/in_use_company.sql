-- What: companies with live contacts, deals or subsidiaries. Cost: three ranges each. Index: contact_companies_company, deals_company; none for subsidiaries.
SELECT k.company_id AS id FROM contact_companies k JOIN contacts c ON c.workspace_id = $1 AND c.id = k.contact_id AND c.archived_at IS NULL
WHERE k.workspace_id = $1 AND k.company_id = ANY($2::uuid[])
UNION
SELECT d.company_id FROM deals d WHERE d.workspace_id = $1 AND d.company_id = ANY($2::uuid[]) AND d.archived_at IS NULL
UNION
SELECT s.parent_id FROM companies s WHERE s.workspace_id = $1 AND s.parent_id = ANY($2::uuid[]) AND s.archived_at IS NULL AND s.id <> ALL($2::uuid[])
