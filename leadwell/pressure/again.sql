-- What: asks mails again that wait: the next of those whose wait was noted before $3. Cost: an update of a send and of its job each. Index: sends_waiting, work_key.
WITH waiting AS MATERIALIZED (
  SELECT s.id, s.id::text AS key, s.due_at, s.updated_at, lower(s.sender_address) AS sender, lower(split_part(s.address, '@', 2)) AS domain FROM sends s
  WHERE s.workspace_id = $1 AND s.state IN ('PLANNED', 'DEFERRED') AND s.due_at > $2 AND s.updated_at < $3 AND s.reason = ANY($4::text[])
  ORDER BY s.due_at LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED
), woken AS (
  UPDATE work w SET run_at = $2 FROM waiting x WHERE w.workspace_id = $1 AND w.kind = 'deliver.send' AND w.key = x.key AND w.state = 'READY'
)
UPDATE sends t SET due_at = NULL, updated_at = $3 FROM waiting x WHERE t.workspace_id = $1 AND t.id = x.id
RETURNING x.due_at, x.updated_at, x.sender, x.domain
