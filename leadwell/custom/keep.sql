-- What: writes values of one record. Cost: one row a value. Index: custom_values_pkey.
INSERT INTO custom_values (workspace_id, record_id, field_id, text_value, int_value, float_value, time_value)
SELECT $1, $2, g.field_id, g.text_value, g.int_value, g.float_value, g.time_value
FROM jsonb_to_recordset($3::jsonb) AS g (field_id uuid, text_value text, int_value bigint, float_value double precision, time_value timestamptz)
ORDER BY g.field_id
ON CONFLICT (workspace_id, record_id, field_id) DO UPDATE
SET text_value = EXCLUDED.text_value, int_value = EXCLUDED.int_value, float_value = EXCLUDED.float_value, time_value = EXCLUDED.time_value
