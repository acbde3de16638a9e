-- What: writes the chances that changed of people $2 by predictor $3 at $4: $5 chances, those without one lose theirs; $6 first half of history ids.
-- Cost: a probe each, writes for changed rows alone. Index: predictions_pkey.
WITH told AS (
  SELECT * FROM jsonb_to_recordset($5::jsonb) AS t (person_id uuid, percent int, reasons jsonb)
), gone AS (
  DELETE FROM predictions p
  WHERE p.workspace_id = $1 AND p.person_id = ANY($2::uuid[]) AND p.person_id NOT IN (SELECT t.person_id FROM told t)
  RETURNING p.person_id
), was AS (
  SELECT t.*, p.percent AS before, p.predictor_id AS by, p.reasons AS why
  FROM told t LEFT JOIN predictions p ON p.workspace_id = $1 AND p.person_id = t.person_id
), written AS (
  INSERT INTO predictions AS p (workspace_id, person_id, predictor_id, percent, reasons, as_of)
  SELECT $1, w.person_id, $3, w.percent, w.reasons, $4 FROM was w
  WHERE w.before IS DISTINCT FROM w.percent OR w.by IS DISTINCT FROM $3 OR w.why IS DISTINCT FROM w.reasons ORDER BY w.person_id
  ON CONFLICT (workspace_id, person_id) DO UPDATE SET predictor_id = excluded.predictor_id, percent = excluded.percent, reasons = excluded.reasons,
    as_of = excluded.as_of WHERE p.workspace_id = $1 AND p.as_of <= excluded.as_of
  RETURNING p.person_id, p.percent
), moved AS (
  SELECT n.person_id, n.percent FROM written n JOIN was w ON w.person_id = n.person_id WHERE w.before IS DISTINCT FROM n.percent
  UNION ALL SELECT g.person_id, NULL FROM gone g
), kept AS (
  INSERT INTO prediction_history (workspace_id, id, person_id, predictor_id, percent, at)
  SELECT $1, ($6 || substr(gen_random_uuid()::text, 16))::uuid, m.person_id, $3, m.percent, $4 FROM moved m
)
SELECT m.person_id FROM moved m
