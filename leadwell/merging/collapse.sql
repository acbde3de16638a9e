-- What: of rows that would be twins at the survivor one stays, with what the others add; the rest goes into the manifest. {{…}} is filled in by
-- engine.py from the declaration: $1 workspace, $2 survivor and losers, $3 survivor, $4 merge, $5 step, $6 first half of the manifest's ids.
-- Cost: the rows of survivor and losers. Index: the one by the owner.
WITH met AS MATERIALIZED (
  SELECT {{keys}}, t.{{column}} AS owner_, row_number() OVER w AS place_, count(*) OVER (PARTITION BY {{once}}) AS n_{{joins}}
  FROM {{table}} t WHERE t.workspace_id = $1 AND t.{{column}} = ANY($2::uuid[]) AND $3::uuid IS NOT NULL {{only}}
  WINDOW w AS (PARTITION BY {{once}} ORDER BY {{rank}})
), gone AS (
  DELETE FROM {{table}} t USING met m WHERE t.workspace_id = $1 AND {{same}} AND t.{{column}} = m.owner_ AND m.place_ > 1
  RETURNING {{keys}}, to_jsonb(t.*) AS row_
){{joined}}
INSERT INTO merge_rows (workspace_id, id, merge_id, step, action, table_name, keys, before, after)
SELECT $1, ($6 || substr(gen_random_uuid()::text, 16))::uuid, $4::uuid, $5::int, 'REMOVED', '{{table}}', jsonb_build_array({{key_json}}), x.row_, NULL FROM gone x
{{changes}}
RETURNING jsonb_array_length(keys) AS n
