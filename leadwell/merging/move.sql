-- What: gives all rows of the losers to the survivor and writes the manifest, a thousand rows that changed alike on a line. {{…}} is filled in by
-- engine.py from the declaration: $1 workspace, $2 losers, $3 survivor, $4 merge, $5 step, $6 first half of the manifest's ids. Cost: the rows of the
-- losers, one pass. Index: the one by the owner.
WITH met AS MATERIALIZED (
  SELECT {{keys}}, t.{{column}} AS owner_{{olds}}, row_number() OVER () / 1000 AS line_ FROM {{table}} t
  WHERE t.workspace_id = $1 AND t.{{column}} = ANY($2::uuid[]) AND $3::uuid IS NOT NULL {{only}}
), moved AS (
  UPDATE {{table}} t SET {{column}} = $3{{sets}} FROM met m WHERE t.workspace_id = $1 AND {{same}} AND t.{{column}} = m.owner_
  RETURNING m.*
)
INSERT INTO merge_rows (workspace_id, id, merge_id, step, action, table_name, keys, before, after)
SELECT $1, ($6 || substr(gen_random_uuid()::text, 16))::uuid, $4::uuid, $5::int, 'MOVED', '{{table}}', jsonb_agg({{key_json}}), {{before}}, {{after}}
FROM moved x GROUP BY x.line_, x.owner_{{by}}
RETURNING jsonb_array_length(keys) AS n
