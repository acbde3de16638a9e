-- What: the people to be merged; FOR UPDATE, so that whoever is about to point at one of them waits. Cost: one row a person. Index: people_pkey.
SELECT p.* FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[]) ORDER BY p.id FOR UPDATE
