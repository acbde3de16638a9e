-- What: adds the correction ($3) of an activity ($2) and shows it. It has no participants and links of its own, so that nothing happened twice. Cost: two rows.
WITH correction AS (
  INSERT INTO activities (workspace_id, id, kind, at, direction, subject, body, outcome, duration_seconds, user_id, revises_id, created_at)
  SELECT $1, $3, a.kind, $4, a.direction, $6, $7, $8, $9, $5, a.id, $4 FROM activities a WHERE a.workspace_id = $1 AND a.id = $2
)
UPDATE activity_heads SET latest_id = $3, subject = $6, body = $7, outcome = $8, duration_seconds = $9, revised_at = $4, revised_by_id = $5, version = version + 1
WHERE workspace_id = $1 AND activity_id = $2
