-- What: puts suggestions up for decision; a newer one replaces the open one of a provider, never what a person or form gave. Cost: one row each.
-- Index: field_suggestions_open.
INSERT INTO field_suggestions AS s (workspace_id, id, noun, record_id, field, value, current_value, source, provider, confidence, evidence, created_at)
SELECT $1, x.id, x.noun, x.record_id, x.field, x.value, x.current_value, 'PROVIDER', x.provider, x.confidence, x.evidence, $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, noun text, record_id uuid, field text, value jsonb, current_value jsonb, provider text,
  confidence real, evidence jsonb)
ON CONFLICT (workspace_id, record_id, field) WHERE state = 'OPEN' DO UPDATE
SET value = EXCLUDED.value, current_value = EXCLUDED.current_value, provider = EXCLUDED.provider, confidence = EXCLUDED.confidence,
  evidence = EXCLUDED.evidence, created_at = EXCLUDED.created_at
WHERE s.source = 'PROVIDER' AND s.value IS DISTINCT FROM EXCLUDED.value
