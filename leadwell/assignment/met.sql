-- What: notes that clocks ($2) were met. Cost: one update a clock. Index: primary key.
UPDATE response_clocks c SET state = 'MET', met_at = x.met_at, met_by_id = x.met_by_id, activity_id = x.activity_id, waited_seconds = x.waited_seconds,
  business_seconds = x.business_seconds
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, met_at timestamptz, met_by_id uuid, activity_id uuid, waited_seconds int, business_seconds int)
WHERE c.workspace_id = $1 AND c.id = x.id
