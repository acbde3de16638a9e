-- What: for each address, the latest act of consent about a topic and the kinds of suppression in force. Cost: two index probes an address.
-- Index: consents_address, suppressions_all, suppressions_topic.
SELECT a.hash, c.state, c.basis, c.expires_at,
  ARRAY(
    SELECT s.kind FROM suppressions s
    WHERE s.workspace_id = $1 AND s.address_hash = a.hash AND s.lifted_at IS NULL AND (s.topic_id IS NULL OR s.topic_id = $3)
  ) AS suppressions
FROM unnest($2::bytea[]) AS a (hash)
LEFT JOIN LATERAL (
  SELECT k.state, k.basis, k.expires_at FROM consents k
  WHERE k.workspace_id = $1 AND k.address_hash = a.hash AND k.topic_id = $3 ORDER BY k.at DESC, k.id DESC LIMIT 1
) c ON true
