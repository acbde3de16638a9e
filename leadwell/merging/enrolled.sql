-- What: who is in which sequence, at which step, and whether one of them raised a hand since, where that ends it. Cost: a few probes each.
-- Index: enrollments_person, primary keys, events_person.
SELECT e.id, e.person_id, e.sequence_id, e.visit,
  coalesce((SELECT s.place FROM jsonb_array_elements(v.steps) WITH ORDINALITY AS s (step, place) WHERE s.step ->> 'id' = e.step), 0)::int AS place,
  q.exit_on ? 'HAND_RAISE' AND EXISTS (SELECT 1 FROM events x WHERE x.workspace_id = $1 AND x.person_id = ANY($2::uuid[]) AND x.at > e.created_at
    AND (x.kind IN ('lead.raised_hand', 'contact.raised_hand') OR x.kind IN ('lead.created', 'lead.repeated') AND x.data ->> 'intent' = 'HAND_RAISE'
      AND NOT x.data ? 'quiet')) AS raised
FROM enrollments e JOIN sequences q ON q.workspace_id = $1 AND q.id = e.sequence_id JOIN sequence_versions v ON v.workspace_id = $1 AND v.id = e.version_id
WHERE e.workspace_id = $1 AND e.person_id = ANY($2::uuid[]) AND e.state = 'ACTIVE' ORDER BY e.id
