-- What: scores people under one version of a model and writes only what changed. {{…}} is filled in by compile.py, all values are parameters:
--   $1 workspace, $2 person ids, $3 now, $4 model, $5 version, $6 whether the model is the default, $7 first half of history ids.
-- Cost: a few index probes a person and one per activity in the window; writes for changed rows alone.
-- Index: people_pkey, person_emails_primary, leads_person, activity_participants_person, activities_pkey, scores_pkey.
-- A row that another transaction scored between our reading and our writing is not written but comes back with written = false: score it again.
WITH subjects AS (
  SELECT p.id AS person_id, {{fit}} AS fit
  FROM people p
  {{joins}}
  WHERE p.workspace_id = $1 {{scope_people}} AND p.merged_into IS NULL
), lived AS (
  SELECT ap.person_id, ap.kind, ap.at, date_part('epoch', $3::timestamptz - ap.at) AS age, a.id, a.direction, a.subject, a.reading, a.revises_id
  FROM activity_participants ap JOIN activities a ON a.workspace_id = $1 AND a.id = ap.activity_id
  WHERE ap.workspace_id = $1 {{scope_participants}} AND ap.at > $3::timestamptz - {{window}} AND ap.kind = ANY({{kinds}})
), heard AS (
  SELECT x.person_id, x.kind, x.at, x.age, x.direction, x.subject{{ranks}}
  FROM lived x WHERE x.reading = 'HUMAN' AND x.id NOT IN (SELECT y.revises_id FROM lived y WHERE y.revises_id IS NOT NULL)
), summed AS (
  SELECT h.person_id, {{sums}}, {{expiry}} AS expires_at, min(h.at) FILTER (WHERE h.age < 0) AS begins_at
  FROM heard h GROUP BY h.person_id
), capped AS (
  SELECT s.person_id, s.expires_at, s.begins_at, {{parts}} FROM summed s
), grouped AS (
  SELECT c.person_id, c.expires_at, c.begins_at, {{groups}} FROM capped c
), felt AS (
  SELECT g.person_id, g.expires_at, g.begins_at, {{totals}} FROM grouped g
), judged AS (
  SELECT u.person_id, u.fit, floor((coalesce(f.felt, 0) + 50) / 100.0::float8)::int AS engagement, coalesce(f.up, 0) AS up, coalesce(f.down, 0) AS down,
    coalesce(f.up_rate, 0) AS up_rate, coalesce(f.down_rate, 0) AS down_rate, f.expires_at, f.begins_at
  FROM subjects u LEFT JOIN felt f ON f.person_id = u.person_id
), ranked AS (
  SELECT j.*, greatest(0, least({{max_score}}, j.fit + j.engagement)) AS score FROM judged j
), bounded AS (
  SELECT r.*, {{grade}} AS grade, {{below}} AS below, {{above}} AS above FROM ranked r
), timed AS (
  SELECT b.*,
    CASE WHEN b.below + b.down > 0 AND b.up > 0 AND b.up_rate > 0
      THEN ln(greatest(b.up / (b.below + b.down), 1)) * b.up / b.up_rate END AS falls_in,
    CASE WHEN b.up > b.above AND b.down > 0 AND b.down_rate > 0
      THEN ln(greatest(b.down / greatest(b.up - b.above, 0.5), 1)) * b.down / b.down_rate END AS rises_in,
    (b.below + b.down > 0 AND b.up > 0) OR (b.up > b.above AND b.down > 0) AS may_change
  FROM bounded b
), scored AS (
  SELECT t.person_id, t.fit, t.engagement, t.score, t.grade, least(t.begins_at, CASE WHEN t.may_change
    THEN least($3::timestamptz + make_interval(secs => greatest(least(t.falls_in, t.rises_in), 300)), t.expires_at) END) AS next_at
  FROM timed t
), changed AS (
  SELECT n.*, o.version_id AS was_version, o.score AS was_score, o.grade AS was_grade, o.as_of AS was_as_of, o.next_at AS was_next
  FROM scored n LEFT JOIN scores o ON o.workspace_id = $1 AND o.model_id = $4 AND o.person_id = n.person_id
  WHERE o.version_id IS NULL OR o.version_id <> $5 OR o.score <> n.score OR o.fit <> n.fit OR o.engagement <> n.engagement OR o.grade <> n.grade
    OR o.next_at <= $3 OR n.next_at < coalesce(o.next_at, 'infinity') - interval '5 minutes'
), updated AS (
  UPDATE scores s SET version_id = $5, score = c.score, fit = c.fit, engagement = c.engagement, grade = c.grade, as_of = $3, next_at = c.next_at
  FROM changed c
  WHERE s.workspace_id = $1 AND s.model_id = $4 AND s.person_id = c.person_id AND c.was_version IS NOT NULL
    AND s.version_id = c.was_version AND s.score = c.was_score AND s.as_of = c.was_as_of AND s.next_at IS NOT DISTINCT FROM c.was_next
  RETURNING s.person_id
), inserted AS (
  INSERT INTO scores (workspace_id, model_id, person_id, version_id, score, fit, engagement, grade, as_of, next_at, is_default)
  SELECT $1, $4, c.person_id, $5, c.score, c.fit, c.engagement, c.grade, $3, c.next_at, $6 FROM changed c WHERE c.was_version IS NULL
  ON CONFLICT DO NOTHING RETURNING person_id
), written AS (
  SELECT c.* FROM changed c JOIN (SELECT person_id FROM updated UNION ALL SELECT person_id FROM inserted) w ON w.person_id = c.person_id
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
SELECT c.person_id, c.score, c.grade, c.was_score, c.was_grade, c.next_at, w.person_id IS NOT NULL AS written, x.thresholds AS crossed, y.thresholds AS fallen
FROM changed c
LEFT JOIN written w ON w.person_id = c.person_id
LEFT JOIN (SELECT person_id, array_agg(threshold) AS thresholds FROM crossed GROUP BY person_id) x ON x.person_id = c.person_id
LEFT JOIN (SELECT person_id, array_agg(threshold) AS thresholds FROM fallen GROUP BY person_id) y ON y.person_id = c.person_id
