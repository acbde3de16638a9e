-- What: each person's latest lead that closed from $2 to $3, with the time at which it is looked at: $4 hours before, and not before it was made.
-- Cost: the closed leads of those days. Index: leads_state_created.
closed AS (
  SELECT DISTINCT ON (d.person_id) d.person_id, d.id AS lead_id, d.state = 'CONVERTED' AS won,
    greatest(d.created_at, d.closed_at - make_interval(hours => $4::int)) AS at
  FROM leads d
  WHERE d.workspace_id = $1 AND d.state IN ('CONVERTED', 'JUNK') AND d.closed_at >= $2::timestamptz AND d.closed_at <= $3::timestamptz
  ORDER BY d.person_id, d.closed_at DESC, d.id DESC
)
