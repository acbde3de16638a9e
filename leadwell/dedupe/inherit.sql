-- What: what was decided about merged records and others holds for the survivor and those others; what was open about them fades. Cost: one or two rows a pair.
-- Index: duplicate_pairs unique, duplicate_pairs_high.
WITH theirs AS (
  SELECT d.* FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.low_id = ANY($3::uuid[])
  UNION ALL
  SELECT d.* FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.high_id = ANY($3::uuid[])
), others AS (
  SELECT DISTINCT ON (x.other) x.* FROM (SELECT t.*, CASE WHEN t.low_id = ANY($3::uuid[]) THEN t.high_id ELSE t.low_id END AS other FROM theirs t) x
  WHERE x.other <> $2 AND x.other <> ALL ($3::uuid[]) AND x.state = 'NOT_DUPLICATE' ORDER BY x.other, x.decided_at DESC
), faded AS (
  UPDATE duplicate_pairs d SET state = 'FADED', version = d.version + 1, updated_at = $4
  FROM theirs t WHERE d.workspace_id = $1 AND d.id = t.id AND d.state = 'OPEN'
)
INSERT INTO duplicate_pairs AS d (workspace_id, id, noun, low_id, high_id, probability, decision, evidence, held, state, found_by, note, decided_at,
  decided_by_id, created_at, updated_at)
SELECT $1, gen_random_uuid(), o.noun, least(o.other, $2), greatest(o.other, $2), o.probability, o.decision, o.evidence, o.held, o.state, o.found_by, o.note,
  o.decided_at, o.decided_by_id, $4, $4
FROM others o
ON CONFLICT (workspace_id, low_id, high_id) DO UPDATE
SET state = 'NOT_DUPLICATE', note = EXCLUDED.note, decided_at = EXCLUDED.decided_at, decided_by_id = EXCLUDED.decided_by_id, version = d.version + 1,
  updated_at = EXCLUDED.updated_at
WHERE d.state IN ('OPEN', 'FADED')
