-- What: fills what is known of numbers. Cost: one row a number. Index: primary key of person_phones.
UPDATE person_phones h
SET e164 = coalesce(x.e164, h.e164), region = coalesce(x.region, h.region), type = coalesce(x.type, h.type),
  is_valid = coalesce(x.is_valid, h.is_valid)
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, e164 text, region text, type text, is_valid boolean)
WHERE h.workspace_id = $1 AND h.id = x.id
RETURNING h.id
