-- What: what people score under rules at a time. The beginning of a statement, which compile.py completes: {{…}} is filled in, all values are
--   parameters. $1 workspace, $2 person ids, $3 now; for closed leads the rows of `closed` say whose score at which time.
-- Cost: some probes a person, an index-only range of what they did in the window.
-- Index: people_pkey, person_emails_primary, leads_person, activity_participants_person.
-- OFFSET 0 keeps a layer's expressions from being computed again in each place that uses them; FULL JOIN keeps a plan made for unknown
-- batches from comparing every person with every other.
WITH {{closed}}subjects AS (
  SELECT p.id AS person_id, {{fit}} AS fit
  FROM people p {{at_close}}
  {{joins}}
  WHERE p.workspace_id = $1 {{scope_people}} AND p.merged_into IS NULL
), lived AS (
  SELECT ap.person_id, ap.kind, ap.at, date_part('epoch', {{now}} - ap.at) AS age{{details}}{{ranks}}
  FROM activity_participants ap {{lived_at_close}} {{activities}}
  WHERE ap.workspace_id = $1 {{scope_participants}} AND ap.at > {{now}} - {{window}} AND ap.kind = ANY({{kinds}}) AND ap.reading = 'HUMAN'
), summed AS (
  SELECT h.person_id, {{sums}}, {{expiry}} AS expires_at, min(h.at) FILTER (WHERE h.age < 0) AS begins_at
  FROM lived h GROUP BY h.person_id OFFSET 0
), capped AS (
  SELECT s.person_id, s.expires_at, s.begins_at, {{parts}} FROM summed s OFFSET 0
), grouped AS (
  SELECT c.person_id, c.expires_at, c.begins_at, {{groups}} FROM capped c OFFSET 0
), felt AS (
  SELECT g.person_id, g.expires_at, g.begins_at, {{totals}} FROM grouped g OFFSET 0
), judged AS (
  SELECT z.person_id, z.fit, floor((coalesce(z.felt, 0) + 50) / 100.0::float8)::int AS engagement, coalesce(z.up, 0) AS up, coalesce(z.down, 0) AS down,
    coalesce(z.up_rate, 0) AS up_rate, coalesce(z.down_rate, 0) AS down_rate, z.expires_at, z.begins_at
  FROM (
    SELECT u.person_id, u.fit, f.felt, f.up, f.down, f.up_rate, f.down_rate, f.expires_at, f.begins_at
    FROM subjects u FULL JOIN felt f ON f.person_id = u.person_id OFFSET 0) z
  WHERE z.person_id IS NOT NULL OFFSET 0
), ranked AS (
  SELECT j.*, greatest(0, least({{max_score}}, j.fit + j.engagement)) AS score FROM judged j OFFSET 0
), bounded AS (
  SELECT r.*, {{grade}} AS grade, {{below}} AS below, {{above}} AS above FROM ranked r OFFSET 0
)
