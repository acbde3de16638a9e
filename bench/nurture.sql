-- What: :n people in a live sequence of waits, all due. Cost: seconds. Index: none.
INSERT INTO people (workspace_id, id, name, created_at, updated_at)
SELECT $1, gen_random_uuid(), 'Person ' || i, :now, :now FROM generate_series(1, :n) AS i;
INSERT INTO enrollments (workspace_id, id, sequence_id, version_id, person_id, address_hash, step, due_at, entered_by, created_at, updated_at)
SELECT $1, gen_random_uuid(), :sequence, :version, p.id, sha256(p.id::text::bytea), 's1', :now, 'API', :now, :now FROM people p WHERE p.workspace_id = $1
