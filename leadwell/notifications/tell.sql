-- What: notifications, one row each ($2: id, user_id, kind, title, noun, record_id). Cost: one row each. Index: none read.
INSERT INTO notifications (workspace_id, id, user_id, kind, title, noun, record_id, created_at)
SELECT $1, x.id, x.user_id, x.kind, x.title, x.noun, x.record_id, $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, user_id uuid, kind text, title text, noun text, record_id uuid)
