-- What: keeps what was wrong with rows. Cost: one row each. Index: primary key of import_errors.
INSERT INTO import_errors (workspace_id, import_id, row_number, column_name, code, message, is_kept, raw)
SELECT $1, $2, x.row_number, x.column_name, x.code, x.message, x.is_kept, x.raw
FROM jsonb_to_recordset($3::jsonb) AS x (row_number bigint, column_name text, code text, message text, is_kept boolean, raw jsonb)
ON CONFLICT (workspace_id, import_id, row_number, column_name) DO NOTHING
