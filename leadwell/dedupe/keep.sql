-- What: keeps what records are compared by and their keys, writing only what differs; tells which differ. Cost: a probe a record, a row a changed key.
-- Index: primary keys of match_records and match_keys. The rows were locked before.
WITH given AS (
  SELECT g.id, g.noun, g.facts, g.source, ARRAY(SELECT k::bigint FROM jsonb_array_elements_text(g.keys) k) AS keys
  FROM jsonb_to_recordset($2::jsonb) AS g (id uuid, noun text, facts jsonb, keys jsonb, source uuid)
), changed AS (
  SELECT g.*, coalesce(r.keys, '{}') AS had FROM given g
  LEFT JOIN match_records r ON r.workspace_id = $1 AND r.record_id = g.id
  WHERE r.record_id IS NULL OR r.facts <> g.facts OR r.keys <> g.keys OR r.source IS DISTINCT FROM g.source
), gone AS (
  DELETE FROM match_keys m USING (SELECT c.id, k FROM changed c, unnest(c.had) k WHERE k <> ALL (c.keys)) x
  WHERE m.workspace_id = $1 AND m.key = x.k AND m.record_id = x.id
), fresh AS (
  INSERT INTO match_keys (workspace_id, key, record_id)
  SELECT $1, k, c.id FROM changed c, unnest(c.keys) k WHERE k <> ALL (c.had) ORDER BY k, c.id
  ON CONFLICT DO NOTHING
)
INSERT INTO match_records (workspace_id, record_id, noun, keys, facts, source)
SELECT $1, c.id, c.noun, c.keys, c.facts, c.source FROM changed c ORDER BY c.id
ON CONFLICT (workspace_id, record_id) DO UPDATE SET keys = EXCLUDED.keys, facts = EXCLUDED.facts, source = EXCLUDED.source
RETURNING record_id
