-- What: keeps the words of versions that are new; answers those of versions that are not. Cost: two probes each. Index: primary key of consent_wordings.
WITH made AS (
  INSERT INTO consent_wordings (workspace_id, topic_id, version, text, created_at)
  SELECT $1, x.topic_id, x.version, x.text, $5 FROM unnest($2::uuid[], $3::text[], $4::text[]) AS x (topic_id, version, text) ORDER BY x.topic_id, x.version
  ON CONFLICT DO NOTHING
  RETURNING topic_id, version, text
)
SELECT m.topic_id, m.version, m.text FROM made m
UNION ALL
SELECT w.topic_id, w.version, w.text FROM consent_wordings w JOIN unnest($2::uuid[], $3::text[]) AS x (topic_id, version)
  ON x.topic_id = w.topic_id AND x.version = w.version
WHERE w.workspace_id = $1
