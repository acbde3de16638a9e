-- What: locks the people whom some suggestions are about, before the suggestions and in one order, as enrichment does. Cost: three probes a suggestion.
SELECT p.id FROM people p
WHERE p.workspace_id = $1 AND p.id = ANY(ARRAY(
  SELECT coalesce(l.person_id, e.person_id, h.person_id, s.record_id) FROM field_suggestions s
  LEFT JOIN leads l ON l.workspace_id = $1 AND s.noun = 'Lead' AND l.id = s.record_id
  LEFT JOIN person_emails e ON e.workspace_id = $1 AND s.noun = 'PersonEmail' AND e.id = s.record_id
  LEFT JOIN person_phones h ON h.workspace_id = $1 AND s.noun = 'PersonPhone' AND h.id = s.record_id
  WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[])))
ORDER BY p.id FOR NO KEY UPDATE
