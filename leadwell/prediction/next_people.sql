-- What: the next people by id with an open lead or a chance. Cost: the page. Index: leads_open, predictions_pkey.
SELECT x.person_id
FROM (
  (SELECT DISTINCT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.state = 'OPEN' AND l.person_id > $2 ORDER BY l.person_id LIMIT $3)
  UNION
  (SELECT p.person_id FROM predictions p WHERE p.workspace_id = $1 AND p.person_id > $2 ORDER BY p.person_id LIMIT $3)) x
ORDER BY x.person_id LIMIT $3
