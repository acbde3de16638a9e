-- What: enrollments that are due at a step that is decided person by person. Cost: one index probe each. Index: enrollments primary key.
SELECT e.id, e.person_id, e.sequence_id, e.version_id, e.step, e.visit, e.arrived_at, e.due_at, e.skip_until, e.awaits, e.hops
FROM enrollments e WHERE e.workspace_id = $1 AND e.id = ANY($2::uuid[]) AND e.state = 'ACTIVE' ORDER BY e.due_at, e.id
