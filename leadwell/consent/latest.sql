-- What: the latest act of each address about each topic ($3 alone, where it is given). Cost: the acts of these addresses. Index: consents_address.
SELECT DISTINCT ON (c.address_hash, c.topic_id) c.id, c.address_hash, c.topic_id, c.state, t.kind
FROM consents c
JOIN topics t ON t.workspace_id = $1 AND t.id = c.topic_id
WHERE c.workspace_id = $1 AND c.address_hash = ANY($2::bytea[]) AND ($3::uuid IS NULL OR c.topic_id = $3)
ORDER BY c.address_hash, c.topic_id, c.at DESC, c.id DESC
