-- What: the score of a company that lists show, or showed at $4 as history tells, by whom it was counted, since when the grade has been what it is, and
--   which thresholds it has crossed now. Cost: a range of the company's history. Index: company_scores_pkey, company_score_history_company.
WITH present AS (
  SELECT s.version_id, s.score, s.grade, s.as_of, NULL::jsonb AS counted, s.people FROM company_scores s
  WHERE s.workspace_id = $1 AND s.model_id = $2 AND s.company_id = $3 AND $4::timestamptz IS NULL
), past AS (
  SELECT h.version_id, h.score, h.grade, h.at AS as_of, h.counted, h.people FROM company_score_history h
  WHERE h.workspace_id = $1 AND h.model_id = $2 AND h.company_id = $3 AND h.at <= $4 ORDER BY h.at DESC, h.id DESC LIMIT 1
), found AS (
  SELECT * FROM present UNION ALL SELECT * FROM past
)
SELECT f.*, (
  SELECT min(h.at) FROM company_score_history h
  WHERE h.workspace_id = $1 AND h.model_id = $2 AND h.company_id = $3 AND h.grade = f.grade AND h.at <= f.as_of AND h.at > coalesce((
    SELECT max(o.at) FROM company_score_history o
    WHERE o.workspace_id = $1 AND o.model_id = $2 AND o.company_id = $3 AND o.grade <> f.grade AND o.at <= f.as_of), '-infinity')) AS since,
  ARRAY(SELECT x.threshold FROM company_score_crossings x WHERE x.workspace_id = $1 AND x.model_id = $2 AND x.company_id = $3 ORDER BY 1) AS crossed
FROM found f
