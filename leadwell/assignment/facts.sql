-- What: leads that somebody is to get ($2), with the queue that their form or source names and the owner of their company, the oldest first. $3: those that
-- have an owner too. The caller holds the locks of their people. Cost: a few probes a lead. Index: primary keys, submissions_person, company_domains_match.
SELECT l.id, l.person_id, l.owner_id, l.queue_id, l.version, coalesce(p.name, p.email, l.company_name, 'Somebody') AS who, l.company_name,
  coalesce(f.queue_id, s.queue_id) AS named_id, o.owner_id AS company_owner
FROM leads l
JOIN people p ON p.workspace_id = $1 AND p.id = l.person_id
LEFT JOIN LATERAL (
  SELECT g.queue_id FROM submissions x JOIN forms g ON g.workspace_id = $1 AND g.id = x.form_id
  JOIN lead_queues q ON q.workspace_id = $1 AND q.id = g.queue_id AND q.archived_at IS NULL
  WHERE x.workspace_id = $1 AND x.person_id = l.person_id AND x.lead_id = l.id ORDER BY x.received_at DESC, x.id DESC LIMIT 1
) f ON true
LEFT JOIN LATERAL (
  SELECT t.queue_id FROM sources t JOIN lead_queues q ON q.workspace_id = $1 AND q.id = t.queue_id AND q.archived_at IS NULL
  WHERE t.workspace_id = $1 AND t.id = l.source_id
) s ON true
LEFT JOIN LATERAL (
  SELECT c.owner_id FROM companies c JOIN users u ON u.workspace_id = $1 AND u.id = c.owner_id AND u.archived_at IS NULL
  WHERE c.workspace_id = $1 AND c.archived_at IS NULL AND c.id = coalesce(l.company_id, (
    SELECT d.company_id FROM company_domains d WHERE d.workspace_id = $1 AND d.domain = split_part(lower(p.email), '@', 2) AND d.match_primary LIMIT 1))
  AND NOT EXISTS (SELECT FROM absences a WHERE a.workspace_id = $1 AND a.user_id = u.id AND a.from_at <= $4 AND a.until_at > $4)
) o ON true
WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[]) AND l.state = 'OPEN' AND l.archived_at IS NULL AND (l.owner_id IS NULL OR $3::boolean)
ORDER BY l.created_at, l.id
