-- What: removes what the losers have of what is computed again. Parameters as in move.sql. Cost: the rows of the losers. Index: the one by the owner.
WITH gone AS (
  DELETE FROM {{table}} t WHERE t.workspace_id = $1 AND t.{{column}} = ANY($2::uuid[]) AND $3::uuid IS NOT NULL {{only}} RETURNING {{keys}}, to_jsonb(t.*) AS row_
)
INSERT INTO merge_rows (workspace_id, id, merge_id, step, action, table_name, keys, before, after)
SELECT $1, ($6 || substr(gen_random_uuid()::text, 16))::uuid, $4::uuid, $5::int, 'REMOVED', '{{table}}', jsonb_build_array({{key_json}}), x.row_, NULL FROM gone x
RETURNING jsonb_array_length(keys) AS n
