-- What: the contacts of the people. Cost: one probe a person. Index: contacts_person (unique).
SELECT c.* FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = ANY($2::uuid[]) ORDER BY c.id FOR UPDATE
