-- What: gives a lead the custom values of another one, but for those that only one record may hold. Cost: one row a value. Index: custom_values_pkey.
INSERT INTO custom_values (workspace_id, record_id, field_id, text_value, int_value, float_value, time_value)
SELECT $1, $3, v.field_id, v.text_value, v.int_value, v.float_value, v.time_value FROM custom_values v WHERE v.workspace_id = $1 AND v.record_id = $2 AND v.unique_key IS NULL
