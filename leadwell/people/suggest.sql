-- What: puts suggestions up for decision; a newer one for the same field replaces the open one, a dismissed value stays dismissed.
-- Cost: one row and one probe each. Index: field_suggestions_open.
INSERT INTO field_suggestions AS s (workspace_id, id, noun, record_id, field, value, current_value, source, confidence, created_at)
SELECT $1, x.id, x.noun, x.record_id, x.field, x.value, x.current_value, x.source, 1, $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, noun text, record_id uuid, field text, value jsonb, current_value jsonb, source text)
WHERE NOT EXISTS (SELECT FROM field_suggestions d
  WHERE d.workspace_id = $1 AND d.record_id = x.record_id AND d.field = x.field AND d.state = 'DISMISSED' AND d.value = x.value)
ON CONFLICT (workspace_id, record_id, field) WHERE state = 'OPEN' DO UPDATE
SET value = EXCLUDED.value, current_value = EXCLUDED.current_value, source = EXCLUDED.source, created_at = EXCLUDED.created_at
WHERE s.value IS DISTINCT FROM EXCLUDED.value
