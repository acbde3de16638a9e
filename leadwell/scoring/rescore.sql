-- What: writes what changed of the scores that judge.sql finds, whose continuation this is: $4 model, $5 version, $6 whether the model is the default,
--   $7 first half of history ids.
-- Cost: a probe a person; writes for changed rows alone.
-- Index: scores_pkey.
-- A row that another transaction scored between our reading and our writing is not written but comes back as MISSED: score it again.
-- next_at: what engagement gives (up) and takes (down) fades as a sum of exponentials; its logarithm is convex, so the tangent now (rate / value)
-- meets the next level at or before the sum does. Scored again then, the next tangent is closer: Newton's method, never late, a handful of looks.
-- The half hundredth is where rounding tips. The oldest activity leaving its window is a look of its own.
, timed AS (
  SELECT b.*,
    CASE WHEN b.below + b.down > 0 AND b.up > 0 AND b.up_rate > 0
      THEN ln(greatest(b.up / (b.below - 0.5 + b.down), 1)) * b.up / b.up_rate END AS falls_in,
    CASE WHEN b.up >= b.above AND b.down > 0 AND b.down_rate > 0
      THEN ln(greatest(b.down / (b.up - b.above + 0.5), 1)) * b.down / b.down_rate END AS rises_in,
    (b.below + b.down > 0 AND b.up > 0) OR (b.up >= b.above AND b.down > 0) AS may_change
  FROM bounded b OFFSET 0
), scored AS (
  SELECT t.person_id, t.fit, t.engagement, t.score, t.grade, least(t.begins_at, CASE WHEN t.may_change
    THEN least($3::timestamptz + make_interval(secs => greatest(least(t.falls_in, t.rises_in), 300)), t.expires_at) END) AS next_at
  FROM timed t OFFSET 0
), changed AS (
  SELECT n.*, o.version_id AS was_version, o.score AS was_score, o.grade AS was_grade, o.as_of AS was_as_of, o.next_at AS was_next
  FROM scored n LEFT JOIN scores o ON o.workspace_id = $1 AND o.model_id = $4 AND o.person_id = n.person_id {{scope_scores}}
  WHERE o.version_id IS NULL OR o.version_id <> $5 OR o.score <> n.score OR o.fit <> n.fit OR o.engagement <> n.engagement OR o.grade <> n.grade
    OR o.next_at <= $3 OR n.next_at < coalesce(o.next_at, 'infinity') - interval '5 minutes'
), updated AS (
  UPDATE scores s SET version_id = $5, score = c.score, fit = c.fit, engagement = c.engagement, grade = c.grade, as_of = $3, next_at = c.next_at
  FROM changed c
  WHERE s.workspace_id = $1 AND s.model_id = $4 {{scope_updates}} AND s.person_id = c.person_id AND c.was_version IS NOT NULL
    AND s.version_id = c.was_version AND s.score = c.was_score AND s.as_of = c.was_as_of AND s.next_at IS NOT DISTINCT FROM c.was_next
  RETURNING c.person_id, c.score, c.fit, c.engagement, c.grade, c.next_at, c.was_score, c.was_grade
), inserted AS (
  INSERT INTO scores (workspace_id, model_id, person_id, version_id, score, fit, engagement, grade, as_of, next_at, is_default)
  SELECT $1, $4, c.person_id, $5, c.score, c.fit, c.engagement, c.grade, $3, c.next_at, $6 FROM changed c WHERE c.was_version IS NULL
  ON CONFLICT DO NOTHING
  RETURNING person_id, score, fit, engagement, grade, next_at, NULL::int, NULL::text
), written AS (
  SELECT * FROM updated UNION ALL SELECT * FROM inserted
), kept AS (
  INSERT INTO score_history (workspace_id, id, model_id, person_id, version_id, score, fit, engagement, grade, at)
  SELECT $1, ($7 || substr(gen_random_uuid()::text, 16))::uuid, $4, w.person_id, $5, w.score, w.fit, w.engagement, w.grade, $3
  FROM written w WHERE w.was_score IS DISTINCT FROM w.score OR w.was_grade IS DISTINCT FROM w.grade
), crossed AS (
  INSERT INTO score_crossings (workspace_id, model_id, person_id, threshold, crossed_at)
  SELECT $1, $4, w.person_id, t.name, $3 FROM written w JOIN unnest({{names}}, {{ats}}) AS t (name, at) ON w.score >= t.at
  ON CONFLICT DO NOTHING RETURNING person_id, threshold
), fallen AS (
  DELETE FROM score_crossings x USING written w JOIN unnest({{names}}, {{untils}}) AS t (name, until) ON w.score < t.until
  WHERE x.workspace_id = $1 AND x.model_id = $4 AND x.person_id = w.person_id AND x.threshold = t.name
  RETURNING x.person_id, x.threshold
)
SELECT 'WRITTEN' AS what, w.person_id, w.score, w.grade, w.was_score, w.was_grade, w.next_at, NULL::text AS threshold FROM written w
UNION ALL SELECT 'CROSSED', x.person_id, NULL, NULL, NULL, NULL, NULL, x.threshold FROM crossed x
UNION ALL SELECT 'FALLEN', x.person_id, NULL, NULL, NULL, NULL, NULL, x.threshold FROM fallen x
UNION ALL SELECT 'MISSED', c.person_id, NULL, NULL, NULL, NULL, NULL, NULL FROM changed c WHERE c.person_id NOT IN (SELECT w.person_id FROM written w)
