-- What: of tables ($2), the columns a row is written with and the indexes of a copy: all but some ($3), and of some ($4) those by which people are found. Cost: the catalog alone; $1 is not asked.
SELECT c.relname::text AS name,
  (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attname <> 'workspace_id') AS columns,
  (SELECT array_agg(replace(pg_get_indexdef(i.indexrelid), ' ON public.', ' ON pg_temp.') ORDER BY i.indexrelid) FROM pg_index i
   JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam WHERE i.indrelid = c.oid AND m.amname = 'btree'
     AND NOT x.relname = ANY($3::text[]) AND (c.relname <> ALL($4::text[]) OR x.relname ~ '(pkey|person|company|step|open|touches|waiting)')) AS indexes
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY($2::text[]) AND $1::uuid IS NOT NULL ORDER BY c.relname
