-- What: open leads ($2) with the policy of their queue, and since when the person of a first inquiry waits. Cost: a few probes each. Index: primary keys,
-- submissions_person.
SELECT l.id, q.policy_id,
  (SELECT min(x.received_at) FROM submissions x WHERE x.workspace_id = $1 AND x.person_id = l.person_id AND x.lead_id = l.id) AS received_at
FROM leads l LEFT JOIN lead_queues q ON q.workspace_id = $1 AND q.id = l.queue_id
WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[]) AND l.state = 'OPEN'
