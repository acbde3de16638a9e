-- What: the custom fields of a noun, with what a record holds in them. Cost: one probe a field. Index: custom_fields unique, custom_values_pkey.
SELECT f.id, f.key, f.type, f.options, v.text_value, v.int_value, v.float_value, v.time_value
FROM custom_fields f LEFT JOIN custom_values v ON v.workspace_id = $1 AND v.record_id = $3 AND v.field_id = f.id
WHERE f.workspace_id = $1 AND f.noun = $2 AND f.archived_at IS NULL ORDER BY f.id
