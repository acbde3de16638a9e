-- What: who sent these submissions, and as which visitor. Cost: one probe each. Index: primary key of submissions.
SELECT s.person_id, s.payload -> 'touch' ->> 'visitor' AS visitor
FROM submissions s
WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[]) AND s.state = 'PROCESSED' AND s.person_id IS NOT NULL AND s.payload -> 'touch' ->> 'visitor' IS NOT NULL
