-- What: open deals of a company, and those a contact has a part in. Cost: the deals of both, fifty of them read. Index: deals_company, deal_contacts_contact.
SELECT d.id, bool_or(f.own) AS own
FROM (
  SELECT x.id, false AS own FROM deals x WHERE x.workspace_id = $1 AND x.company_id = $2
  UNION ALL
  SELECT c.deal_id, true FROM deal_contacts c WHERE c.workspace_id = $1 AND c.contact_id = $3
) f JOIN deals d ON d.workspace_id = $1 AND d.id = f.id
WHERE d.state = 'OPEN' AND d.archived_at IS NULL
GROUP BY d.id ORDER BY own DESC, d.id LIMIT $4
