-- What: the custom fields of a noun, and what some records hold in those of some keys: a row for each field and record, one without a record for every
-- other field. Cost: one probe a field and record. Index: custom_fields unique, custom_values_pkey.
SELECT f.id, f.key, f.label, f.type, f.options, f.is_required, f.is_unique, r.id AS record_id, v.text_value, v.int_value, v.float_value, v.time_value
FROM custom_fields f LEFT JOIN unnest($3::uuid[]) AS r (id) ON f.key = ANY($4::text[])
LEFT JOIN custom_values v ON v.workspace_id = $1 AND v.record_id = r.id AND v.field_id = f.id
WHERE f.workspace_id = $1 AND f.noun = $2 AND f.archived_at IS NULL ORDER BY f.id
