-- What: keeps raw submissions; answers for each since when and under which id, the earlier one where the dedupe key was seen before; and, for a single
-- one, what its capture would meet: whether anybody has one of its outside ids ($3), its match key ($4) or numbers ($5), or the workspace keeps out one of
-- the words for its address ($6), and what there is to name: the sources of its channel ($7), or all of them ($8). The workspace is entered before anything is written or read (`Tx.last`).
-- Cost: one row each. Index: submissions_dedupe, primary key of person_keys, person_emails_match, person_phones_e164.
WITH entered AS MATERIALIZED (
  SELECT set_config('app.workspace', $1::uuid::text, true) AS workspace, coalesce(w.clock_at, clock_timestamp()) AS now, w.settings FROM lw_workspace($1) w
), given AS (
  SELECT x.* FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, channel text, form_id uuid, intent text, payload jsonb, dedupe_key text, ip text,
    user_agent text, state text, reason text)
), kept AS (
  INSERT INTO submissions (workspace_id, id, channel, form_id, intent, payload, dedupe_key, ip, user_agent, state, reason, received_at, created_at, updated_at)
  SELECT $1, g.id, g.channel, g.form_id, g.intent, g.payload, g.dedupe_key, g.ip::inet, g.user_agent, g.state, g.reason, e.now, e.now, e.now
  FROM entered e, given g WHERE e.workspace IS NOT NULL ORDER BY g.dedupe_key, g.id
  ON CONFLICT DO NOTHING
  RETURNING id, dedupe_key
)
SELECT g.id AS asked, e.now,
  coalesce(same.id, twin.id, (SELECT s.id FROM submissions s WHERE s.workspace_id = $1 AND (s.id = g.id OR s.dedupe_key = g.dedupe_key) LIMIT 1)) AS id,
  EXISTS (SELECT FROM person_keys k WHERE k.workspace_id = $1 AND k.kind = 'EXTERNAL' AND k.key = ANY($3::text[]))
    OR EXISTS (SELECT FROM person_keys k WHERE k.workspace_id = $1 AND k.kind = 'EMAIL' AND k.key = $4)
    OR EXISTS (SELECT FROM person_emails m WHERE m.workspace_id = $1 AND m.match_key = $4)
    OR EXISTS (SELECT FROM person_phones f WHERE f.workspace_id = $1 AND f.e164 = ANY($5::text[]))
    OR EXISTS (SELECT FROM jsonb_array_elements_text(coalesce(e.settings -> 'capture_exceptions', '[]')) AS x (name)
      WHERE lower(btrim(x.name)) = ANY($6::text[])) AS known,
  ARRAY(SELECT ROW(n.what, n.id, n.name, n.more) FROM (
    SELECT 'source' AS what, t.id, t.name, t.channel AS more, t.created_at FROM sources t
    WHERE t.workspace_id = $1 AND t.archived_at IS NULL AND ($8 OR t.channel = $7)
    UNION ALL
    SELECT 'pipeline', p.id, p.name, NULL, p.created_at FROM pipelines p WHERE p.workspace_id = $1 AND p.kind = 'LEAD' AND p.is_default
  ) n WHERE $7::text IS NOT NULL ORDER BY n.created_at, n.id) AS named
FROM entered e CROSS JOIN given g
LEFT JOIN kept same ON same.id = g.id
LEFT JOIN kept twin ON twin.dedupe_key = g.dedupe_key
WHERE e.workspace IS NOT NULL
