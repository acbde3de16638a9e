-- What: keeps raw submissions; answers for each since when and under which id, the earlier one where the dedupe key was seen before.
-- Cost: one row each. Index: submissions_dedupe.
WITH clock AS MATERIALIZED (SELECT lw_clock($1) AS now
), given AS (
  SELECT x.* FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, channel text, form_id uuid, intent text, payload jsonb, dedupe_key text, ip text,
    user_agent text, state text, reason text)
), kept AS (
  INSERT INTO submissions (workspace_id, id, channel, form_id, intent, payload, dedupe_key, ip, user_agent, state, reason, received_at, created_at, updated_at)
  SELECT $1, g.id, g.channel, g.form_id, g.intent, g.payload, g.dedupe_key, g.ip::inet, g.user_agent, g.state, g.reason, c.now, c.now, c.now
  FROM given g, clock c ORDER BY g.dedupe_key, g.id
  ON CONFLICT (workspace_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
  RETURNING id, dedupe_key
)
SELECT g.id AS asked, coalesce(same.id, twin.id, s.id) AS id, c.now
FROM clock c CROSS JOIN given g
LEFT JOIN kept same ON same.id = g.id
LEFT JOIN kept twin ON twin.dedupe_key = g.dedupe_key
LEFT JOIN submissions s ON s.workspace_id = $1 AND s.dedupe_key = g.dedupe_key
