-- What: begins what an activity says now with what was recorded; of one that corrects another ($2), the other. Cost: two probes. Index: primary keys.
INSERT INTO activity_heads (workspace_id, activity_id, latest_id, subject, body, outcome, duration_seconds)
SELECT $1, a.id, a.id, a.subject, a.body, a.outcome, a.duration_seconds FROM activities a
WHERE a.workspace_id = $1 AND a.id = (SELECT coalesce(r.revises_id, r.id) FROM activities r WHERE r.workspace_id = $1 AND r.id = $2)
ON CONFLICT DO NOTHING
