-- What: the topics a reader may decide about, the one of the mail ($3) first, each with the latest act of the address ($2) and what suppresses it.
-- Cost: the topics, two index probes each. Index: topics primary key, consents_address, suppressions_all, suppressions_topic.
SELECT t.id, t.name, t.kind, t.basis, c.state, c.basis AS act_basis, c.expires_at,
  (SELECT p.language FROM sends s JOIN people p ON p.workspace_id = $1 AND p.id = s.person_id WHERE s.workspace_id = $1 AND s.id = $4) AS language,
  ARRAY(
    SELECT s.kind FROM suppressions s
    WHERE s.workspace_id = $1 AND s.address_hash = $2 AND s.lifted_at IS NULL AND (s.topic_id IS NULL OR s.topic_id = t.id)
  ) AS suppressions
FROM topics t
LEFT JOIN LATERAL (
  SELECT k.state, k.basis, k.expires_at FROM consents k
  WHERE k.workspace_id = $1 AND k.address_hash = $2 AND k.topic_id = t.id ORDER BY k.at DESC, k.id DESC LIMIT 1
) c ON true
WHERE t.workspace_id = $1 AND (t.id = $3 OR (t.archived_at IS NULL AND t.kind <> 'SERVICE'))
ORDER BY (t.id = $3) DESC, t.name, t.id
LIMIT 100
