-- What: keeps packs of a file's rows as they came. Cost: one row a pack. Index: primary key of import_rows.
INSERT INTO import_rows (workspace_id, import_id, first_row, last_row, packed, created_at)
SELECT $1, $2, x.first_row, x.last_row, x.packed, $6 FROM unnest($3::bigint[], $4::bigint[], $5::bytea[]) AS x (first_row, last_row, packed)
ORDER BY x.first_row
ON CONFLICT (workspace_id, import_id, first_row) DO NOTHING
