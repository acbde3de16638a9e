-- What: :n people in a live sequence of waits, all due; ids in order of time, as the application makes them. Cost: seconds. Index: none.
CREATE TEMP TABLE who AS
SELECT i, (lpad(to_hex(:ms + i / 10), 12, '0') || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid AS id FROM generate_series(1, :n) AS i;
INSERT INTO people (workspace_id, id, name, created_at, updated_at) SELECT $1, w.id, 'Person ' || w.i, :now, :now FROM who w;
INSERT INTO enrollments (workspace_id, id, sequence_id, version_id, person_id, address_hash, step, arrived_at, due_at, entered_by, created_at, updated_at)
SELECT $1, w.id, :sequence, :version, w.id, sha256(w.id::text::bytea), 's1', :now, :now, 'API', :now, :now FROM who w
