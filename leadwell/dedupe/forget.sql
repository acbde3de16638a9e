-- What: records that can no longer be candidates leave with their keys. Cost: one row each. Index: primary keys.
WITH gone AS (
  DELETE FROM match_records r WHERE r.workspace_id = $1 AND r.record_id = ANY($2::uuid[]) RETURNING r.record_id, r.keys
)
DELETE FROM match_keys m USING (SELECT g.record_id, k FROM gone g, unnest(g.keys) k) x
WHERE m.workspace_id = $1 AND m.key = x.k AND m.record_id = x.record_id
