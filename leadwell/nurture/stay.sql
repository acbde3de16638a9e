-- What: enrollments that stay where they are until an instant, or (NULL) until an outcome is recorded. Cost: one update each. Index: enrollments primary key.
UPDATE enrollments t SET due_at = s.until, awaits = s.awaits, updated_at = $5
FROM unnest($2::uuid[], $3::timestamptz[], $4::uuid[]) AS s (id, until, awaits)
WHERE t.workspace_id = $1 AND t.id = s.id AND t.state = 'ACTIVE'
