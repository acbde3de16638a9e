-- What: the custom fields of leads, companies, contacts and deals, and what some records have in them, as the API shows it. Cost: one probe a record.
-- Index: custom_fields unique, custom_values_pkey.
SELECT
  (SELECT jsonb_agg(jsonb_build_object('noun', f.noun, 'key', f.key, 'type', f.type, 'options', f.options))
    FROM custom_fields f WHERE f.workspace_id = $1 AND f.noun IN ('Lead', 'Company', 'Contact', 'Deal') AND f.archived_at IS NULL) AS fields,
  (SELECT jsonb_object_agg(x.record_id, x.held) FROM (
    SELECT v.record_id, jsonb_object_agg(f.key, coalesce(to_jsonb(v.text_value), to_jsonb(v.float_value),
        CASE f.type WHEN 'FLAG' THEN to_jsonb(v.int_value <> 0) ELSE to_jsonb(v.int_value) END,
        CASE f.type WHEN 'DATE' THEN to_jsonb((v.time_value AT TIME ZONE 'UTC')::date) ELSE to_jsonb(v.time_value) END)) AS held
    FROM custom_values v JOIN custom_fields f ON f.workspace_id = $1 AND f.id = v.field_id AND f.archived_at IS NULL
    WHERE v.workspace_id = $1 AND v.record_id = ANY($2::uuid[]) GROUP BY v.record_id) x) AS values
