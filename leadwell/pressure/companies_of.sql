-- What: takes turns about the companies of the people these sends go to, in one order, until the transaction ends. Cost: two index probes a send.
-- Index: primary keys, leads_person.
SELECT pg_advisory_xact_lock(hashtextextended('touches' || o.company_id::text, 0)) FROM (
  SELECT DISTINCT CASE WHEN n.company_id IS NULL THEN l.company_id ELSE n.company_id END AS company_id
  FROM unnest($2::uuid[]) AS wanted (id)
  JOIN sends s ON s.workspace_id = $1 AND s.id = wanted.id
  LEFT JOIN contacts n ON n.workspace_id = $1 AND n.person_id = s.person_id AND n.archived_at IS NULL
  LEFT JOIN LATERAL (
    SELECT x.company_id FROM leads x WHERE x.workspace_id = $1 AND x.person_id = s.person_id ORDER BY (x.state = 'OPEN') DESC, x.created_at DESC LIMIT 1
  ) l ON true
  ORDER BY 1
) o WHERE o.company_id IS NOT NULL
