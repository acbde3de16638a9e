-- What: some suggestions, locked, with the person they are about. Cost: three probes a suggestion. Index: primary key of field_suggestions.
SELECT s.id, s.noun, s.record_id, s.field, s.value, s.current_value, s.provider, s.state,
  (SELECT coalesce(
    (SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND s.noun = 'Lead' AND l.id = s.record_id),
    (SELECT e.person_id FROM person_emails e WHERE e.workspace_id = $1 AND s.noun = 'PersonEmail' AND e.id = s.record_id),
    (SELECT h.person_id FROM person_phones h WHERE h.workspace_id = $1 AND s.noun = 'PersonPhone' AND h.id = s.record_id),
    (SELECT p.id FROM people p WHERE p.workspace_id = $1 AND s.noun = 'Person' AND p.id = s.record_id))) AS person_id
FROM field_suggestions s WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[]) ORDER BY s.id FOR NO KEY UPDATE OF s
