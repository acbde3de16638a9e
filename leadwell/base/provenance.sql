-- What: says for each field of each record where its present value came from; the newest word wins, a lock stays.
-- Cost: one row a field. Index: primary key of field_provenance.
INSERT INTO field_provenance AS f (workspace_id, noun, record_id, field, value, source, provider, confidence, evidence, run_id, at)
SELECT $1, e.noun, e.record_id, e.field, e.value, e.source, e.provider, e.confidence, e.evidence, e.run_id, $3
FROM jsonb_to_recordset($2::jsonb) AS e (noun text, record_id uuid, field text, value jsonb, source text, provider text, confidence real,
  evidence jsonb, run_id uuid)
ON CONFLICT (workspace_id, record_id, field) DO UPDATE
SET value = EXCLUDED.value, source = EXCLUDED.source, provider = EXCLUDED.provider, confidence = EXCLUDED.confidence,
    evidence = EXCLUDED.evidence, run_id = EXCLUDED.run_id, at = EXCLUDED.at
