-- What: in one row, who of the given e-mail addresses ($2 match keys, $3 normalized, $4 domains) is kept out; which keys of people ($5 kinds, $6 keys,
-- $7 whose, $8 match keys) and of activities ($9 sources, $10 outside ids, $11 whose, $12 match keys) could be claimed for those who are not; and what
-- submissions may name: sources, the default pipeline and, where asked for, campaigns ($13), users ($14), open statuses ($15), topics ($16), oldest first.
-- $17 are submissions to lock, of which those are counted that still wait. Whoever loses a claim waits for the winner's commit; claims are in one order,
-- so that nobody waits in a circle. Two arrays hide behind a SELECT, or the planner would plan each call anew.
-- Cost: three probes an address, one row a key, small tables. Index: person_emails_match, leads_person, contacts unique person, primary keys.
WITH clock AS MATERIALIZED (
  SELECT lw_clock($1) AS now
), pending AS MATERIALIZED (
  SELECT s.id FROM submissions s WHERE s.workspace_id = $1 AND s.id = ANY((SELECT $17::uuid[])::uuid[]) AND s.state = 'RECEIVED' ORDER BY s.id FOR NO KEY UPDATE
), listed AS MATERIALIZED (
  SELECT lower(btrim(x.name)) AS name FROM lw_workspace($1) w, jsonb_array_elements_text(coalesce(w.settings -> 'capture_exceptions', '[]')) AS x (name)
), given AS (
  SELECT g.match_key, g.normalized, g.domain FROM unnest($2::text[], $3::text[], $4::text[]) AS g (match_key, normalized, domain)
), kept_out AS MATERIALIZED (
  SELECT g.match_key FROM given g JOIN listed l ON l.name IN (g.normalized, g.match_key, g.domain, '@' || g.domain)
  UNION
  SELECT e.match_key
  FROM person_emails e
  JOIN LATERAL (
    SELECT l.state, l.junk_reason_id FROM leads l WHERE l.workspace_id = $1 AND l.person_id = e.person_id
    ORDER BY (l.state = 'OPEN') DESC, l.created_at DESC, l.id DESC LIMIT 1
  ) last ON last.state = 'JUNK'
  JOIN junk_reasons r ON r.workspace_id = $1 AND r.id = last.junk_reason_id AND r.code = 'SPAM'
  WHERE e.workspace_id = $1 AND e.match_key = ANY((SELECT $2::text[])::text[])
    AND NOT EXISTS (SELECT FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = e.person_id)
), person AS (
  INSERT INTO person_keys (workspace_id, kind, key, person_id, created_at)
  SELECT $1, k.kind, k.key, k.person_id, c.now
  FROM unnest($5::text[], $6::text[], $7::uuid[], $8::text[]) AS k (kind, key, person_id, match_key), clock c
  WHERE k.match_key IS NULL OR k.match_key NOT IN (SELECT o.match_key FROM kept_out o)
  ORDER BY k.kind, k.key
  ON CONFLICT DO NOTHING
  RETURNING kind, key
), activity AS (
  INSERT INTO activity_keys (workspace_id, source, external_id, activity_id)
  SELECT $1, k.source, k.external_id, k.id FROM unnest($9::text[], $10::text[], $11::uuid[], $12::text[]) AS k (source, external_id, id, match_key)
  WHERE k.match_key IS NULL OR k.match_key NOT IN (SELECT o.match_key FROM kept_out o)
  ORDER BY k.source, k.external_id
  ON CONFLICT DO NOTHING
  RETURNING activity_id
), named AS (
  SELECT 'source' AS what, t.id, t.name, t.channel AS more, t.created_at, 0 AS position FROM sources t WHERE t.workspace_id = $1 AND t.archived_at IS NULL
  UNION ALL
  SELECT 'pipeline', p.id, p.name, NULL, p.created_at, 0 FROM pipelines p WHERE p.workspace_id = $1 AND p.kind = 'LEAD' AND p.is_default
  UNION ALL
  SELECT 'campaign', c.id, c.name, NULL, c.created_at, 0 FROM campaigns c WHERE $13 AND c.workspace_id = $1 AND c.archived_at IS NULL
  UNION ALL
  SELECT 'user', u.id, u.name, u.email, u.created_at, 0 FROM users u WHERE $14 AND u.workspace_id = $1 AND u.archived_at IS NULL
  UNION ALL
  SELECT 'status', l.id, l.name, NULL, l.created_at, l.position FROM lead_statuses l JOIN pipelines p ON p.workspace_id = $1 AND p.id = l.pipeline_id
  WHERE $15 AND l.workspace_id = $1 AND l.archived_at IS NULL AND p.is_default AND p.kind = 'LEAD' AND l.type NOT IN ('CONVERTED', 'JUNK', 'MERGED')
  UNION ALL
  SELECT 'topic', o.id, o.code, o.basis, o.created_at, 0 FROM topics o WHERE $16 AND o.workspace_id = $1 AND o.archived_at IS NULL
)
SELECT
  (SELECT c.now FROM clock c) AS now,
  (SELECT count(*) FROM pending) AS waiting,
  ARRAY(SELECT o.match_key FROM kept_out o) AS kept_out,
  ARRAY(SELECT ROW(k.kind, k.key) FROM person k) AS person_keys,
  ARRAY(SELECT a.activity_id FROM activity a) AS activities,
  ARRAY(SELECT ROW(n.what, n.id, n.name, n.more) FROM named n ORDER BY n.created_at, n.position, n.id) AS named
