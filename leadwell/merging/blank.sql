-- What: merges without the values they kept; the ids of who became whom stay. Cost: one row each. Index: merges primary key.
UPDATE merges SET conflicts = '[]', remains = CASE WHEN remains IS NOT NULL THEN '[]'::jsonb END, blanked_at = $3
WHERE workspace_id = $1 AND id = ANY($2::uuid[])
