-- What: makes a number the person's primary one. Cost: one row. Index: person_phones_number.
INSERT INTO person_phones AS f (workspace_id, id, person_id, raw, e164, region, type, is_valid, is_primary, created_at)
VALUES ($1, $3, $2, $4, $5, $6, $7, $8, true, $9)
ON CONFLICT (workspace_id, person_id, raw) DO UPDATE SET is_primary = true, e164 = EXCLUDED.e164, region = EXCLUDED.region, type = EXCLUDED.type, is_valid = EXCLUDED.is_valid
