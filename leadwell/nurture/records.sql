-- What: the records of people that a step acts on: the open lead, the contact, and whose they are. Cost: a few index probes each.
-- Index: leads_person, contacts_person.
SELECT p.id AS person_id, l.id AS lead_id, c.id AS contact_id, coalesce(l.owner_id, c.owner_id) AS owner_id
FROM unnest($2::uuid[]) AS p (id)
LEFT JOIN LATERAL (
  SELECT x.id, x.owner_id FROM leads x WHERE x.workspace_id = $1 AND x.person_id = p.id AND x.state = 'OPEN' AND x.archived_at IS NULL
  ORDER BY x.created_at DESC, x.id DESC LIMIT 1
) l ON true
LEFT JOIN contacts c ON c.workspace_id = $1 AND c.person_id = p.id AND c.archived_at IS NULL
