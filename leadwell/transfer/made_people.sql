-- What: which people were made in that very transaction. Cost: one probe each. Index: primary key of people.
SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[]) AND p.created_at = $3 AND p.archived_at IS NULL AND p.merged_into IS NULL
