-- What: whom and which lead imported rows were about. Cost: three probes each. Index: primary keys of activity_keys, activity_participants, activity_links.
SELECT k.external_id, p.person_id, l.record_id AS lead_id
FROM activity_keys k
JOIN activity_participants p ON p.workspace_id = $1 AND p.activity_id = k.activity_id
LEFT JOIN activity_links l ON l.workspace_id = $1 AND l.activity_id = k.activity_id AND l.noun = 'Lead'
WHERE k.workspace_id = $1 AND k.source = 'import' AND k.external_id = ANY($2::text[])
