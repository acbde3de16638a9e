-- What: keeps pairs; one that was decided stays decided, one that had faded is open again. Tells those that are new or open again. Cost: one row a pair.
-- Index: duplicate_pairs unique. In order, so that two checks never wait for each other in a circle.
WITH given AS (
  SELECT * FROM jsonb_to_recordset($2::jsonb) AS g (
    id uuid, noun text, low_id uuid, high_id uuid, probability float8, decision text, evidence jsonb, held text[], found_by text)
), known AS (
  SELECT d.low_id, d.high_id, d.state FROM given g
  JOIN duplicate_pairs d ON d.workspace_id = $1 AND d.low_id = g.low_id AND d.high_id = g.high_id
), kept AS (
  INSERT INTO duplicate_pairs AS d (workspace_id, id, noun, low_id, high_id, probability, decision, evidence, held, found_by, created_at, updated_at)
  SELECT $1, g.id, g.noun, g.low_id, g.high_id, g.probability, g.decision, g.evidence, g.held, g.found_by, $3, $3
  FROM given g ORDER BY g.low_id, g.high_id
  ON CONFLICT (workspace_id, low_id, high_id) DO UPDATE
  SET probability = EXCLUDED.probability, decision = EXCLUDED.decision, evidence = EXCLUDED.evidence, held = EXCLUDED.held, state = 'OPEN',
    version = d.version + 1, updated_at = EXCLUDED.updated_at
  WHERE d.state IN ('OPEN', 'FADED') AND (d.state, d.probability, d.decision, d.evidence) IS DISTINCT FROM ('OPEN', EXCLUDED.probability, EXCLUDED.decision, EXCLUDED.evidence)
  RETURNING d.id, d.low_id, d.high_id, d.probability, d.decision, d.version
)
SELECT k.id, k.low_id, k.high_id, k.probability, k.decision, k.version FROM kept k
WHERE NOT EXISTS (SELECT FROM known o WHERE o.low_id = k.low_id AND o.high_id = k.high_id AND o.state = 'OPEN')
