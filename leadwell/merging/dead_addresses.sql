-- What: people whose primary address is known to be dead. Cost: one probe a person. Index: person_emails_primary.
SELECT e.person_id FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = ANY($2::uuid[]) AND e.is_primary AND NOT e.is_valid
