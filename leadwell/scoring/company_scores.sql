-- What: writes the scores of companies that changed, which the caller has locked: $2 model, $3 version, $4 whether it is the default, $5 now, $6 scores,
--   $7 names of thresholds, $8 from where they are crossed, $9 below which they are fallen from; answers what was written, crossed and fallen from.
-- Cost: a probe each, three of changed ones. Index: company_scores_pkey, company_score_crossings_pkey.
WITH told AS (
  SELECT t.*, o.score AS was_score, o.grade AS was_grade,
    (o.score, o.fit, o.engagement, o.grade, o.people) IS DISTINCT FROM (t.score, t.fit, t.engagement, t.grade, t.people) AS moved
  FROM jsonb_to_recordset($6::jsonb) AS t (id uuid, company_id uuid, score int, fit int, engagement int, grade text, people int, counted jsonb)
  LEFT JOIN company_scores o ON o.workspace_id = $1 AND o.model_id = $2 AND o.company_id = t.company_id
  WHERE o.version_id IS DISTINCT FROM $3::uuid OR (o.score, o.fit, o.engagement, o.grade, o.people) IS DISTINCT FROM (t.score, t.fit, t.engagement, t.grade, t.people)
), written AS (
  INSERT INTO company_scores AS s (workspace_id, model_id, company_id, version_id, score, fit, engagement, grade, people, as_of, is_default)
  SELECT $1, $2, t.company_id, $3, t.score, t.fit, t.engagement, t.grade, t.people, $5, $4 FROM told t ORDER BY t.company_id
  ON CONFLICT (workspace_id, model_id, company_id) DO UPDATE SET version_id = excluded.version_id, score = excluded.score, fit = excluded.fit,
    engagement = excluded.engagement, grade = excluded.grade, people = excluded.people, as_of = excluded.as_of
    WHERE s.workspace_id = $1 AND s.as_of <= excluded.as_of
  RETURNING s.company_id
), kept AS (
  INSERT INTO company_score_history (workspace_id, id, model_id, company_id, version_id, score, fit, engagement, grade, people, counted, at)
  SELECT $1, t.id, $2, t.company_id, $3, t.score, t.fit, t.engagement, t.grade, t.people, t.counted, $5
  FROM told t JOIN written w ON w.company_id = t.company_id WHERE t.moved
), crossed AS (
  INSERT INTO company_score_crossings (workspace_id, model_id, company_id, threshold, crossed_at)
  SELECT $1, $2, t.company_id, h.name, $5
  FROM told t JOIN written w ON w.company_id = t.company_id JOIN unnest($7::text[], $8::int[]) AS h (name, at) ON t.score >= h.at
  ON CONFLICT DO NOTHING RETURNING company_id, threshold
), fallen AS (
  DELETE FROM company_score_crossings x USING told t JOIN written w ON w.company_id = t.company_id JOIN unnest($7::text[], $9::int[]) AS h (name, until) ON t.score < h.until
  WHERE x.workspace_id = $1 AND x.model_id = $2 AND x.company_id = t.company_id AND x.threshold = h.name
  RETURNING x.company_id, x.threshold
)
SELECT 'WRITTEN' AS what, t.company_id, t.score, t.grade, t.was_score, t.was_grade, NULL::text AS threshold
FROM told t JOIN written w ON w.company_id = t.company_id
UNION ALL SELECT 'score.crossed', x.company_id, t.score, t.grade, NULL, NULL, x.threshold FROM crossed x JOIN told t ON t.company_id = x.company_id
UNION ALL SELECT 'score.fell', x.company_id, t.score, t.grade, NULL, NULL, x.threshold FROM fallen x JOIN told t ON t.company_id = x.company_id
