-- What: whose address it is, where it is one person's alone. Cost: one range an address. Index: person_emails_match.
SELECT e.match_key, min(e.person_id::text)::uuid AS person_id
FROM person_emails e JOIN people p ON p.workspace_id = $1 AND p.id = e.person_id AND p.merged_into IS NULL AND p.archived_at IS NULL
WHERE e.workspace_id = $1 AND e.match_key = ANY($2::text[])
GROUP BY e.match_key HAVING count(DISTINCT e.person_id) = 1
