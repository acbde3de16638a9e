-- What: a page of an import's faults. Cost: one index range. Index: primary key of import_errors.
SELECT e.row_number, e.column_name, e.code, e.message, e.is_kept, e.raw FROM import_errors e
WHERE e.workspace_id = $1 AND e.import_id = $2 AND (e.row_number, e.column_name) > ($3, $4)
ORDER BY e.row_number, e.column_name LIMIT $5
