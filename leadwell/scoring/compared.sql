-- What: how many people go from which grade to which, and the $5 who move farthest, the end of a statement that judge.sql begins.
-- Cost: a row of scores a person. Index: scores_pkey.
, beside AS (
  SELECT b.person_id, b.score, b.grade, o.score AS was_score, o.grade AS was_grade
  FROM bounded b LEFT JOIN scores o ON o.workspace_id = $1 AND o.model_id = $4::uuid AND o.person_id = b.person_id
)
SELECT 'GRADES' AS what, x.was_grade, x.grade, count(*)::int AS people, (count(*) FILTER (WHERE x.score IS DISTINCT FROM x.was_score))::int AS moved,
  NULL::uuid AS person_id
FROM beside x GROUP BY x.was_grade, x.grade
UNION ALL (
  SELECT 'MOVER', y.was_grade, y.grade, NULL, NULL, y.person_id FROM beside y WHERE y.score <> coalesce(y.was_score, 0)
  ORDER BY abs(y.score - coalesce(y.was_score, 0)) DESC, y.person_id LIMIT $5::int)
