-- What: keeps what a revert left alone. Cost: one row each. Index: primary key of import_left.
INSERT INTO import_left (workspace_id, import_id, noun, record_id, field, reason, created_at)
SELECT $1, $2, x.noun, x.record_id, x.field, x.reason, $4 FROM jsonb_to_recordset($3::jsonb) AS x (noun text, record_id uuid, field text, reason text)
ON CONFLICT (workspace_id, import_id, noun, record_id, field) DO NOTHING
