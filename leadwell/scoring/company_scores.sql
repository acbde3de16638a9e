-- What: writes the scores of companies that changed: $2 model, $3 version, $4 whether it is the default, $5 now, $6 scores; answers what was written.
-- Cost: a probe each, two of changed ones. Index: company_scores_pkey.
WITH told AS (
  SELECT t.*, o.score AS was_score, o.grade AS was_grade
  FROM jsonb_to_recordset($6::jsonb) AS t (company_id uuid, score int, fit int, engagement int, grade text, people int)
  LEFT JOIN company_scores o ON o.workspace_id = $1 AND o.model_id = $2 AND o.company_id = t.company_id
  WHERE o.version_id IS DISTINCT FROM $3::uuid OR (o.score, o.fit, o.engagement, o.grade, o.people) IS DISTINCT FROM (t.score, t.fit, t.engagement, t.grade, t.people)
), written AS (
  INSERT INTO company_scores AS s (workspace_id, model_id, company_id, version_id, score, fit, engagement, grade, people, as_of, is_default)
  SELECT $1, $2, t.company_id, $3, t.score, t.fit, t.engagement, t.grade, t.people, $5, $4 FROM told t ORDER BY t.company_id
  ON CONFLICT (workspace_id, model_id, company_id) DO UPDATE SET version_id = excluded.version_id, score = excluded.score, fit = excluded.fit,
    engagement = excluded.engagement, grade = excluded.grade, people = excluded.people, as_of = excluded.as_of
    WHERE s.workspace_id = $1 AND s.as_of <= excluded.as_of
  RETURNING s.company_id
)
SELECT t.company_id, t.score, t.grade, t.was_score, t.was_grade FROM told t JOIN written w ON w.company_id = t.company_id
