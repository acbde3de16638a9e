-- What: the own fields of some nouns that were in use at $4, with what one record of each holds. Cost: a row a field. Index: custom_values_pkey.
SELECT f.noun, f.key, f.type, v.text_value, v.int_value, v.float_value, v.time_value
FROM unnest($2::text[], $3::uuid[]) AS t (noun, record_id)
JOIN custom_fields f ON f.workspace_id = $1 AND f.noun = t.noun AND (f.archived_at IS NULL OR f.archived_at > $4)
LEFT JOIN custom_values v ON v.workspace_id = $1 AND v.field_id = f.id AND v.record_id = t.record_id
