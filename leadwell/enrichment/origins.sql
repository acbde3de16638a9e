-- What: where the present values of some records came from, and which values a person has dismissed for them.
-- Cost: one index range a record. Indexes: primary key of field_provenance; field_suggestions_record.
SELECT f.record_id, f.field, f.source, f.provider, f.confidence, f.locked, f.value, NULL::jsonb AS dismissed
FROM field_provenance f WHERE f.workspace_id = $1 AND f.record_id = ANY($2::uuid[])
UNION ALL
SELECT s.record_id, s.field, s.source, s.provider, s.confidence, false, NULL, s.value
FROM field_suggestions s WHERE s.workspace_id = $1 AND s.record_id = ANY($2::uuid[]) AND s.state = 'DISMISSED'
