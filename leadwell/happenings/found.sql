-- What: events that wait, of people who are known by now, oldest first. Cost: a probe for each key that is waited for. Index: happenings_waiting, person_keys.
SELECT h.id, h.feed_id, h.body, k.person_id
FROM happenings h CROSS JOIN LATERAL (
  SELECT x.person_id FROM unnest(h.kinds, h.keys) WITH ORDINALITY AS w (kind, key, i) CROSS JOIN LATERAL (
    SELECT p.person_id FROM person_keys p WHERE p.workspace_id = $1 AND p.kind = w.kind AND p.key = w.key LIMIT 1
  ) x ORDER BY w.i LIMIT 1
) k
WHERE h.workspace_id = $1 AND h.state = 'WAITING'
ORDER BY h.id LIMIT $2
FOR UPDATE OF h SKIP LOCKED
