-- What: others who use a shared address or a line of these people and may still be kept as its only user. Cost: some probes an address. Index: person_emails_match,
-- person_phones_e164.
SELECT o.person_id FROM person_emails e
JOIN LATERAL (SELECT x.person_id FROM person_emails x WHERE x.workspace_id = $1 AND x.match_key = e.match_key ORDER BY x.created_at LIMIT 5) o ON true
WHERE e.workspace_id = $1 AND e.person_id = ANY($2::uuid[]) AND e.is_shared
UNION
SELECT o.person_id FROM person_phones f
JOIN LATERAL (SELECT x.person_id FROM person_phones x WHERE x.workspace_id = $1 AND x.e164 = f.e164 LIMIT 5) o ON true
WHERE f.workspace_id = $1 AND f.person_id = ANY($2::uuid[]) AND f.e164 IS NOT NULL
