-- What: for each address the topics whose latest act grants or withdraws, and the suppressions in force. Cost: its rows. Index: consents_address,
-- suppressions_all, suppressions_topic.
SELECT a.hash, x.granted, x.withdrawn, y.kinds, y.topics
FROM unnest($2::bytea[]) AS a (hash)
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(l.topic_id) FILTER (WHERE l.state = 'GRANTED'), '{}') AS granted,
    coalesce(array_agg(l.topic_id) FILTER (WHERE l.state = 'WITHDRAWN'), '{}') AS withdrawn
  FROM (
    SELECT DISTINCT ON (c.topic_id) c.topic_id, c.state FROM consents c WHERE c.workspace_id = $1 AND c.address_hash = a.hash
    ORDER BY c.topic_id, c.at DESC, c.id DESC
  ) l
) x
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(s.kind), '{}') AS kinds, coalesce(array_agg(s.topic_id), '{}') AS topics
  FROM suppressions s WHERE s.workspace_id = $1 AND s.address_hash = a.hash AND s.lifted_at IS NULL
) y
ORDER BY a.hash
