-- What: rows of an import whose column $3 named something that was not there yet, a page of them in order. Cost: the import's faults up to the page's end.
-- Index: primary key of import_errors.
SELECT e.row_number, e.raw FROM import_errors e
WHERE e.workspace_id = $1 AND e.import_id = $2 AND e.row_number > $5 AND e.column_name = $3 AND e.code = $4
ORDER BY e.row_number LIMIT $6
