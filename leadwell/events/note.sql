-- What: inserts the events of one verb. Cost: one row each. Index: none read.
INSERT INTO events (workspace_id, id, kind, noun, record_id, person_id, version, data, actor, credential, request_id, cause_id, hops, at)
SELECT $1, e.id, e.kind, e.noun, e.record_id, e.person_id, e.version, e.data, $3, $4, $5, $6, $7, $8
FROM jsonb_to_recordset($2::jsonb) AS e (id uuid, kind text, noun text, record_id uuid, person_id uuid, version int, data jsonb)
