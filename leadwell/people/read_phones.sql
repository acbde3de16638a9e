-- What: fills in what can be read of numbers kept as written. Cost: one update each. Index: person_phones_number.
UPDATE person_phones f SET e164 = x.e164, region = x.region, type = x.type, is_valid = x.is_valid
FROM jsonb_to_recordset($2::jsonb) AS x (person_id uuid, raw text, e164 text, region text, type text, is_valid boolean)
WHERE f.workspace_id = $1 AND f.person_id = x.person_id AND f.raw = x.raw AND f.e164 IS NULL
