-- What: inserts the events of one verb. Cost: one row each. Index: none read.
INSERT INTO events (workspace_id, id, kind, noun, record_id, person_id, version, data, actor, credential, request_id, cause_id, hops, at)
SELECT $1, e.id, e.kind, e.noun, e.record_id, e.person_id, e.version, e.data, $9, $10, $11, $12, $13, $14
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::int[], $8::jsonb[])
  AS e (id, kind, noun, record_id, person_id, version, data)
