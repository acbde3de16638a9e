-- What: people behind live leads or contacts. Cost: two probes each. Index: leads_person, contacts unique person.
SELECT l.person_id AS id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = ANY($2::uuid[]) AND l.archived_at IS NULL
UNION
SELECT c.person_id FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = ANY($2::uuid[]) AND c.archived_at IS NULL
