-- What: claims what makes activities unique, where nobody can have claimed it; else it fails. Cost: one row a key. Index: primary key of activity_keys.
INSERT INTO activity_keys (workspace_id, source, external_id, activity_id)
SELECT $1, k.source, k.external_id, k.id FROM jsonb_to_recordset($2::jsonb) AS k (source text, external_id text, id uuid)
