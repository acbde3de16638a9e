-- What: what records hold in the fields of the workspace's own. Cost: a row a value. Index: custom_values_pkey.
SELECT v.record_id, f.noun, f.key, f.type, v.text_value, v.int_value, v.float_value, v.time_value
FROM custom_values v
JOIN custom_fields f ON f.workspace_id = $1 AND f.id = v.field_id AND f.archived_at IS NULL
WHERE v.workspace_id = $1 AND v.record_id = ANY($2::uuid[])
