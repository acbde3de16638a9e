-- What: marks an address as shared once two people have it. Cost: its rows. Index: person_emails_match.
UPDATE person_emails e SET is_shared = true
WHERE e.workspace_id = $1 AND e.match_key = $2 AND NOT e.is_shared
  AND (SELECT count(DISTINCT o.person_id) FROM person_emails o WHERE o.workspace_id = $1 AND o.match_key = $2) > 1
