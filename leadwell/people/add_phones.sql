-- What: inserts numbers of people. Cost: one row each. Index: person_phones unique.
INSERT INTO person_phones (workspace_id, id, person_id, raw, e164, region, type, label, is_primary, is_valid, created_at)
SELECT $1, f.id, f.person_id, f.raw, f.e164, f.region, f.type, f.label, f.is_primary, f.is_valid, $3
FROM jsonb_to_recordset($2::jsonb) AS f (id uuid, person_id uuid, raw text, e164 text, region text, type text, label text, is_primary boolean,
  is_valid boolean)
ON CONFLICT (workspace_id, person_id, raw) DO NOTHING
