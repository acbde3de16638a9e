-- What: which records' happenings make up the timeline of a deal: its own, and those of the lead it came from. Cost: a probe each. Index: primary keys.
WITH asked AS MATERIALIZED (
  SELECT coalesce({went}, {id}) AS id
), root AS MATERIALIZED (
  SELECT t.id, t.lead_id FROM asked q JOIN {table} t ON t.id = q.id WHERE {visible}
), lead AS (
  SELECT l.id FROM root r JOIN leads l ON l.workspace_id = $1 AND l.id = r.lead_id WHERE l.workspace_id = $1{see_lead}
), subject (part, id, until) AS MATERIALIZED (
  SELECT v.part, r.id, 'infinity'::timestamptz FROM root r, (VALUES ('RECORD'), ('STAGE'), ('FILE')) AS v (part)
  UNION ALL SELECT v.part, l.id, 'infinity' FROM lead l, (VALUES ('RECORD'), ('STATUS')) AS v (part)
)
