-- What: the enrollments of people ($2) with the goal of their sequence and the event they wait for. Cost: a few index probes a person.
-- Index: enrollments_person, primary keys.
SELECT e.id, e.person_id, e.created_at, q.goal, s.step -> 'event' ->> 'kind' AS awaited
FROM enrollments e
JOIN sequences q ON q.workspace_id = $1 AND q.id = e.sequence_id
JOIN sequence_versions v ON v.workspace_id = $1 AND v.id = e.version_id
LEFT JOIN LATERAL (SELECT x.step FROM jsonb_array_elements(v.steps) AS x (step) WHERE x.step ->> 'id' = e.step AND x.step ->> 'kind' = 'WAIT') s ON true
WHERE e.workspace_id = $1 AND e.person_id = ANY($2::uuid[]) AND e.state = 'ACTIVE'
