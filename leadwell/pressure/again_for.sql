-- What: asks mails to these people again that wait. Cost: a few probes a person. Index: sends_person, work_key.
WITH waiting AS MATERIALIZED (
  SELECT s.id, s.id::text AS key, s.due_at, s.updated_at, lower(s.sender_address) AS sender, lower(split_part(s.address, '@', 2)) AS domain FROM unnest($3::uuid[]) AS p (id)
  JOIN sends s ON s.workspace_id = $1 AND s.person_id = p.id AND s.state IN ('PLANNED', 'DEFERRED') AND s.due_at > $2 AND s.reason = ANY($4::text[])
), woken AS (
  UPDATE work w SET run_at = $2 FROM waiting x WHERE w.workspace_id = $1 AND w.kind = 'deliver.send' AND w.key = x.key AND w.state = 'READY'
)
UPDATE sends t SET due_at = NULL FROM waiting x WHERE t.workspace_id = $1 AND t.id = x.id
RETURNING x.due_at, x.updated_at, x.sender, x.domain
