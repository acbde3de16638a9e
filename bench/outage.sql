-- What: :n people with a lead and an enrollment each at a step that sends, due since long before now; one in twenty is due in another sequence as well. Three
-- in ten have addresses at one domain, the others at twenty. Ids in order of time, as the application makes them. Cost: seconds a hundred thousand. Index: none.
CREATE TEMP TABLE who AS
SELECT i, (lpad(to_hex(:ms + i / 10), 12, '0') || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid AS id,
  'p' || i || '@' || CASE WHEN i % 10 < 3 THEN 'large.example' ELSE 'd' || i % 20 || '.example' END AS address
FROM generate_series(1, :n) AS i;
INSERT INTO people (workspace_id, id, name, first_name, email, created_at, updated_at) SELECT $1, w.id, 'Person ' || w.i, 'Ada', w.address, :now, :now FROM who w;
INSERT INTO person_emails (workspace_id, id, person_id, address, normalized, match_key, domain, is_primary, created_at)
SELECT $1, w.id, w.id, w.address, w.address, w.address, split_part(w.address, '@', 2), true, :now FROM who w;
INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, status_since, created_at, updated_at)
SELECT $1, w.id, w.id, s.pipeline_id, s.id, :now, :now, :now FROM who w JOIN lead_statuses s ON s.workspace_id = $1 AND s.type = 'NEW' AND s.is_default;
INSERT INTO enrollments (workspace_id, id, sequence_id, version_id, person_id, address_hash, step, arrived_at, due_at, entered_by, created_at, updated_at)
SELECT $1, w.id, :sequence, :version, w.id, sha256(w.id::text::bytea), 's1', :now, :now - interval '6 hours', 'API', :now, :now FROM who w;
INSERT INTO enrollments (workspace_id, id, sequence_id, version_id, person_id, address_hash, step, arrived_at, due_at, entered_by, created_at, updated_at)
SELECT $1, gen_random_uuid(), :second, :other, w.id, sha256(w.id::text::bytea), 's1', :now, :now - interval '6 hours', 'API', :now, :now FROM who w WHERE w.i % 20 = 0
