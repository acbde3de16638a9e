-- What: every so manieth id of a table, but for the last. Cost: one pass over its key. Index: primary key.
SELECT y.id FROM (SELECT x.id, row_number() OVER (ORDER BY x.id) AS n FROM {table} x WHERE x.workspace_id = $1) y WHERE y.n % $2 = 0 ORDER BY y.id
