-- What: the pack that holds a row of a file. Cost: one probe. Index: primary key of import_rows.
SELECT p.first_row, p.packed FROM (
  SELECT r.first_row, r.last_row, r.packed FROM import_rows r
  WHERE r.workspace_id = $1 AND r.import_id = $2 AND r.first_row <= $3 ORDER BY r.first_row DESC LIMIT 1
) p WHERE p.last_row >= $3
