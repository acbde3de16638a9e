-- What: the raw submissions behind a lead, and the rows of imports behind it. Cost: two index ranges. Index: submissions_person, activity_links_record.
SELECT s.received_at AS at, s.channel, s.payload, NULL::uuid AS import_id, NULL::bigint AS row, NULL AS name, NULL::jsonb AS options
FROM submissions s JOIN leads l ON l.workspace_id = $1 AND l.id = $2 AND l.person_id = s.person_id
WHERE s.workspace_id = $1 AND s.lead_id = $2
UNION ALL
SELECT i.created_at, 'IMPORT', NULL, i.id, (a.data->>'row')::bigint, i.name, i.options
FROM activity_links k JOIN activities a ON a.workspace_id = $1 AND a.id = k.activity_id AND a.source = 'import' AND a.data ? 'import_id'
JOIN imports i ON i.workspace_id = $1 AND i.id = (a.data->>'import_id')::uuid
WHERE k.workspace_id = $1 AND k.noun = 'Lead' AND k.record_id = $2
ORDER BY 1
