-- What: the score of a person that lists show, or showed at $4 as history tells, with the time since when the grade has been what it is.
-- Cost: a range of the person's history. Index: scores_pkey, score_history_person.
WITH present AS (
  SELECT s.version_id, s.score, s.grade, s.as_of FROM scores s
  WHERE s.workspace_id = $1 AND s.model_id = $2 AND s.person_id = $3 AND $4::timestamptz IS NULL
), past AS (
  SELECT h.version_id, h.score, h.grade, h.at AS as_of FROM score_history h
  WHERE h.workspace_id = $1 AND h.model_id = $2 AND h.person_id = $3 AND h.at <= $4 ORDER BY h.at DESC, h.id DESC LIMIT 1
), found AS (
  SELECT * FROM present UNION ALL SELECT * FROM past
)
SELECT f.*, (
  SELECT min(h.at) FROM score_history h
  WHERE h.workspace_id = $1 AND h.model_id = $2 AND h.person_id = $3 AND h.grade = f.grade AND h.at <= f.as_of AND h.at > coalesce((
    SELECT max(o.at) FROM score_history o
    WHERE o.workspace_id = $1 AND o.model_id = $2 AND o.person_id = $3 AND o.grade <> f.grade AND o.at <= f.as_of), '-infinity')) AS since
FROM found f
