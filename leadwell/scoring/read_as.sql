-- What: how opens and clicks are read from now on. Where somebody said so it stays, unless somebody says otherwise. Cost: two rows each.
-- Index: activity_readings_pkey, activity_participants_pkey.
WITH told AS (
  INSERT INTO activity_readings AS r (workspace_id, activity_id, reading, reason, at)
  SELECT $1, t.id, t.reading, t.reason, $5 FROM unnest($2::uuid[], $3::text[], $4::text[]) AS t (id, reading, reason) ORDER BY t.id
  ON CONFLICT (workspace_id, activity_id) DO UPDATE SET reading = excluded.reading, reason = excluded.reason, at = excluded.at
    WHERE r.workspace_id = $1 AND (r.reason <> 'HAND' OR excluded.reason = 'HAND')
  RETURNING r.activity_id, r.reading
), copied AS (
  UPDATE activity_participants ap SET reading = t.reading FROM told t
  WHERE ap.workspace_id = $1 AND ap.activity_id = t.activity_id AND ap.reading <> t.reading
)
SELECT t.activity_id FROM told t ORDER BY t.activity_id
