-- What: people, whoever was merged into them, and the leads, contacts and companies of one person that stand for them. Cost: some probes a person.
-- Index: redirects_new, leads_person, contacts by person, contact_companies primary keys.
WITH met AS (
  SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[])
  UNION SELECT r.old_id FROM redirects r WHERE r.workspace_id = $1 AND r.noun = 'Person' AND r.new_id = ANY($2::uuid[])
), contact AS (SELECT c.id FROM contacts c WHERE c.workspace_id = $1 AND c.person_id IN (SELECT m.id FROM met m))
SELECT m.id, 'Person' AS noun FROM met m
UNION ALL SELECT l.id, 'Lead' FROM leads l WHERE l.workspace_id = $1 AND l.person_id IN (SELECT m.id FROM met m)
UNION ALL SELECT c.id, 'Contact' FROM contact c
UNION ALL SELECT DISTINCT k.id, 'Company' FROM contact_companies x JOIN companies k ON k.workspace_id = $1 AND k.id = x.company_id AND k.kind = 'INDIVIDUAL'
  WHERE x.workspace_id = $1 AND x.contact_id IN (SELECT c.id FROM contact c)
  AND NOT EXISTS (SELECT 1 FROM contact_companies o WHERE o.workspace_id = $1 AND o.company_id = k.id AND o.contact_id NOT IN (SELECT c.id FROM contact c))
