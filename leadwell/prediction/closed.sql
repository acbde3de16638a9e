-- What: each person's latest closed lead since $2, in the order in which they closed, with the time it is looked at: $3 hours before it closed, and not
--   before it was made. Cost: the closed leads of that time. Index: leads_state_created.
SELECT x.person_id, x.id AS lead_id, x.won, x.at
FROM (
  SELECT DISTINCT ON (l.person_id) l.person_id, l.id, l.state = 'CONVERTED' AS won, l.closed_at,
    greatest(l.created_at, l.closed_at - make_interval(hours => $3::int)) AS at
  FROM leads l
  WHERE l.workspace_id = $1 AND l.state IN ('CONVERTED', 'JUNK') AND l.closed_at >= $2
  ORDER BY l.person_id, l.closed_at DESC, l.id DESC) x
ORDER BY x.closed_at DESC, x.id DESC LIMIT $4
