-- What: keeps what was wrong with rows, and whom these name (digests in hex), for an erasure to find. Cost: one row each, and one for each that is named.
-- Index: primary keys of import_errors and import_mentions.
WITH told AS (
  SELECT x.* FROM jsonb_to_recordset($3::jsonb)
    AS x (row_number bigint, column_name text, code text, message text, is_kept boolean, raw jsonb, named text[])
), kept AS (
  INSERT INTO import_errors (workspace_id, import_id, row_number, column_name, code, message, is_kept, raw)
  SELECT $1, $2, x.row_number, x.column_name, x.code, x.message, x.is_kept, x.raw FROM told x
  ON CONFLICT (workspace_id, import_id, row_number, column_name) DO NOTHING
)
INSERT INTO import_mentions (workspace_id, digest, import_id, row_number)
SELECT DISTINCT $1, decode(n, 'hex'), $2, x.row_number FROM told x CROSS JOIN LATERAL unnest(x.named) n
ON CONFLICT DO NOTHING
