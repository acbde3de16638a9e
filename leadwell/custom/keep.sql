-- What: writes values of records. Cost: one row a value. Index: custom_values_pkey, custom_values_unique: a value that another record may not hold too.
INSERT INTO custom_values (workspace_id, record_id, field_id, text_value, int_value, float_value, time_value, unique_key)
SELECT $1, g.record_id, g.field_id, g.text_value, g.int_value, g.float_value, g.time_value, g.unique_key
FROM jsonb_to_recordset($2::jsonb) AS g (record_id uuid, field_id uuid, text_value text, int_value bigint, float_value double precision,
  time_value timestamptz, unique_key text)
ORDER BY g.record_id, g.field_id
ON CONFLICT (workspace_id, record_id, field_id) DO UPDATE
SET text_value = EXCLUDED.text_value, int_value = EXCLUDED.int_value, float_value = EXCLUDED.float_value, time_value = EXCLUDED.time_value,
  unique_key = EXCLUDED.unique_key
