-- What: people known by the ids of their own leads, which exports write. Cost: one row each. Index: primary keys of leads and person_keys.
INSERT INTO person_keys (workspace_id, kind, key, person_id, created_at)
SELECT $1, 'EXTERNAL', x.key, l.person_id, $4 FROM unnest($2::text[], $3::uuid[]) AS x (key, id) JOIN leads l ON l.workspace_id = $1 AND l.id = x.id
ORDER BY x.key
ON CONFLICT DO NOTHING
