-- What: notes that values which enrichment had filled in were taken back, so that it does not fill them in again. Cost: one row each.
INSERT INTO field_suggestions (workspace_id, id, noun, record_id, field, value, current_value, source, provider, confidence, state, created_at, decided_at)
SELECT $1, x.id, x.noun, x.record_id, x.field, x.after, x.before, 'PROVIDER', x.provider, 1, 'DISMISSED', $3, $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, noun text, record_id uuid, field text, after jsonb, before jsonb, provider text)
WHERE x.after IS NOT NULL
