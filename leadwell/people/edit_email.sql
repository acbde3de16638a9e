-- What: makes an address the person's primary one. Cost: one row. Index: person_emails unique.
INSERT INTO person_emails AS e (workspace_id, id, person_id, address, normalized, match_key, domain, is_primary, created_at)
VALUES ($1, $3, $2, $4, $5, $6, $7, true, $8)
ON CONFLICT (workspace_id, person_id, normalized) DO UPDATE SET is_primary = true, address = EXCLUDED.address
