-- What: who shares a key with each subject, and who is in an open pair with it; a key that more than $4 share brings nobody, and is told instead.
-- Cost: one range a key, one probe a candidate. Index: primary keys of match_keys and match_records; duplicate_pairs unique and duplicate_pairs_high.
WITH hit AS MATERIALIZED (
  SELECT s.subject, s.key, ARRAY(SELECT m.record_id FROM match_keys m WHERE m.workspace_id = $1 AND m.key = s.key LIMIT $4 + 1) AS ids
  FROM unnest($2::uuid[], $3::bigint[]) AS s (subject, key)
), met AS (
  SELECT h.subject, x.id, false AS asked FROM hit h, unnest(h.ids) AS x (id) WHERE cardinality(h.ids) <= $4
  UNION ALL
  SELECT d.low_id, d.high_id, true FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.low_id = ANY($2::uuid[]) AND d.state = 'OPEN'
  UNION ALL
  SELECT d.high_id, d.low_id, true FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.high_id = ANY($2::uuid[]) AND d.state = 'OPEN'
), near AS (
  SELECT t.subject, t.id, bool_or(t.asked) AS asked FROM met t WHERE t.id <> t.subject GROUP BY t.subject, t.id
)
SELECT n.subject, NULL::bigint AS crowded, r.record_id AS id, r.facts, n.asked
FROM near n JOIN match_records r ON r.workspace_id = $1 AND r.record_id = n.id
UNION ALL
SELECT h.subject, h.key, NULL, NULL, false FROM hit h WHERE cardinality(h.ids) > $4
