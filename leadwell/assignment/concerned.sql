-- What: which of some records ($4) and people ($5) are on the list of user $2, or wait in queue $3. Cost: a few probes each. Index: primary keys, leads_person.
SELECT l.id, l.person_id FROM leads l
WHERE l.workspace_id = $1 AND (l.id = ANY($4::uuid[]) OR l.person_id = ANY($5::uuid[])) AND l.state = 'OPEN'
AND CASE WHEN $3::uuid IS NULL THEN l.owner_id = $2 ELSE l.queue_id = $3 AND l.owner_id IS NULL END
UNION ALL
SELECT k.id, k.person_id FROM contacts k
WHERE k.workspace_id = $1 AND (k.id = ANY($4::uuid[]) OR k.person_id = ANY($5::uuid[])) AND $3::uuid IS NULL AND k.owner_id = $2
UNION ALL
SELECT t.id, NULL FROM tasks t WHERE t.workspace_id = $1 AND t.id = ANY($4::uuid[]) AND $3::uuid IS NULL AND t.assignee_id = $2
