-- What: keeps the runs of a batch: what was changed, and the fingerprint that lets an unchanged person be skipped. An older run of the same person
-- no longer says when to look again. Cost: one row a person, and one probe each in enrichment_runs_refresh.
WITH given AS MATERIALIZED (
  SELECT x.* FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, person_id uuid, input_hash text, changes jsonb, policy int, steps jsonb,
    refresh_at timestamptz)
), older AS (
  UPDATE enrichment_runs r SET refresh_at = NULL FROM given g
  WHERE r.workspace_id = $1 AND r.person_id = g.person_id AND r.refresh_at IS NOT NULL
)
INSERT INTO enrichment_runs (workspace_id, id, person_id, input_hash, changes, policy, steps, refresh_at, at, cause_id)
SELECT $1, g.id, g.person_id, g.input_hash, g.changes, g.policy, g.steps, g.refresh_at, $3, $4 FROM given g
