-- What: whose and which records' happenings make up the timeline of a lead: its own, and its person's. Cost: a probe. Index: primary key of leads.
WITH asked AS MATERIALIZED (
  SELECT coalesce({went}, {id}) AS id
), root AS MATERIALIZED (
  SELECT t.id, t.{person} AS person_id FROM asked q JOIN {table} t ON t.id = q.id WHERE {visible}
), subject (part, id, until) AS MATERIALIZED (
  SELECT v.part, r.person_id, 'infinity'::timestamptz FROM root r, (VALUES ('PERSON'), ('CONSENT'), ('MERGE'), ('FILE')) AS v (part)
  UNION ALL SELECT v.part, r.id, 'infinity' FROM root r, (VALUES ('RECORD'), ('STATUS'), ('FILE')) AS v (part)
)
