-- What: keeps the runs of a batch: what was changed, and the fingerprint that lets an unchanged person be skipped. Cost: one row a person.
INSERT INTO enrichment_runs (workspace_id, id, person_id, input_hash, changes, at)
SELECT $1, x.id, x.person_id, x.input_hash, x.changes, $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, person_id uuid, input_hash text, changes jsonb)
