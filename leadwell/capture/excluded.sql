-- What: which addresses belong to somebody whose last lead was closed as spam, and who has no open lead and no contact.
-- Cost: three probes an address. Index: person_emails_match, leads_person, contacts unique person.
SELECT DISTINCT e.match_key
FROM person_emails e
JOIN LATERAL (
  SELECT l.state, l.junk_reason_id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = e.person_id
  ORDER BY (l.state = 'OPEN') DESC, l.created_at DESC, l.id DESC LIMIT 1
) last ON last.state = 'JUNK'
JOIN junk_reasons r ON r.workspace_id = $1 AND r.id = last.junk_reason_id AND r.code = 'SPAM'
WHERE e.workspace_id = $1 AND e.match_key = ANY($2::text[])
  AND NOT EXISTS (SELECT FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = e.person_id)
