-- What: locks the people of a batch, in one order, so that two batches never wait for each other in a circle.
-- Cost: one row a person. Index: primary key of people.
SELECT p.id FROM people p
WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[]) AND p.merged_into IS NULL
ORDER BY p.id FOR NO KEY UPDATE
