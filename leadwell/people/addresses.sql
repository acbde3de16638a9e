-- What: who uses these addresses. Cost: one probe an address. Index: person_emails_match.
SELECT e.match_key, e.person_id, e.is_shared
FROM person_emails e WHERE e.workspace_id = $1 AND e.match_key = ANY($2::text[])
ORDER BY e.created_at, e.id
