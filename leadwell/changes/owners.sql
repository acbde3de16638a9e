-- What: gives records to an owner, in one order; those that have it already stay. Cost: one update a record. Index: primary keys.
-- {table} and {column} are named by the caller. Sealed leads are hidden from updates by the row policy and stay out.
WITH was AS MATERIALIZED (
  SELECT x.id, x.{column} AS before FROM {table} x
  WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[]) AND x.{column} IS DISTINCT FROM $3::uuid ORDER BY x.id FOR NO KEY UPDATE
)
UPDATE {table} t SET {column} = $3::uuid, version = t.version + 1, updated_at = $4
FROM was WHERE t.workspace_id = $1 AND t.id = was.id
RETURNING t.id, t.version, was.before, {person} AS person_id
