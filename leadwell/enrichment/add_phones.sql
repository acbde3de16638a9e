-- What: adds numbers that fill a person's empty phone. A number the person has under the same spelling stays as it is.
-- Cost: one row and one probe each. Index: person_phones_number, person_phones_primary.
INSERT INTO person_phones (workspace_id, id, person_id, raw, e164, is_primary, created_at)
SELECT $1, x.id, x.person_id, x.number, x.number,
  NOT EXISTS (SELECT FROM person_phones h WHERE h.workspace_id = $1 AND h.person_id = x.person_id AND h.is_primary), $3
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, person_id uuid, number text)
WHERE NOT EXISTS (SELECT FROM person_phones h WHERE h.workspace_id = $1 AND h.person_id = x.person_id AND (h.e164 = x.number OR h.raw = x.number))
ON CONFLICT (workspace_id, person_id, raw) DO NOTHING
