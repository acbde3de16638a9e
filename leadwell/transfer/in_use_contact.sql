-- What: contacts in live deals. Cost: one range each. Index: deal_contacts_contact.
SELECT x.contact_id AS id FROM deal_contacts x JOIN deals d ON d.workspace_id = $1 AND d.id = x.deal_id AND d.archived_at IS NULL
WHERE x.workspace_id = $1 AND x.contact_id = ANY($2::uuid[])
