-- What: decisions, one row each ($2). Cost: one row each. Index: none read.
INSERT INTO assignment_decisions (workspace_id, id, lead_id, at, cause, outcome, reason, queue_id, territory_id, owner_id, before_id, strategy, needs, candidates,
  skipped, actor)
SELECT $1, x.id, x.lead_id, $3, x.cause, x.outcome, x.reason, x.queue_id, x.territory_id, x.owner_id, x.before_id, x.strategy, x.needs, x.candidates, x.skipped, $4
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, lead_id uuid, cause text, outcome text, reason text, queue_id uuid, territory_id uuid, owner_id uuid,
  before_id uuid, strategy text, needs text[], candidates jsonb, skipped jsonb)
