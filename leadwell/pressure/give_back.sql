-- What: takes back what sends counted for whose outcome says that nothing left; each once. Cost: one update a send and a slot. Index: sends primary key,
-- send_slots primary key.
WITH back AS MATERIALIZED (
  SELECT s.id, s.counted_at, lower(s.sender_address) AS sender, lower(split_part(s.address, '@', 2)) AS domain FROM sends s
  WHERE s.workspace_id = $1 AND s.id = ANY($2::uuid[]) AND s.counted_at IS NOT NULL AND s.state IN ('REJECTED', 'DEFERRED', 'SKIPPED')
  ORDER BY s.id FOR NO KEY UPDATE
), cleared AS (
  UPDATE sends t SET counted_at = NULL FROM back b WHERE t.workspace_id = $1 AND t.id = b.id
)
SELECT b.counted_at, b.sender, b.domain FROM back b
