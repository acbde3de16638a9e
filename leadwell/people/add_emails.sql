-- What: inserts addresses of people. Cost: one row each. Index: person_emails unique.
INSERT INTO person_emails (workspace_id, id, person_id, address, normalized, match_key, domain, is_primary, is_shared, created_at)
SELECT $1, e.id, e.person_id, e.address, e.normalized, e.match_key, e.domain, e.is_primary, e.is_shared, $3
FROM jsonb_to_recordset($2::jsonb) AS e (id uuid, person_id uuid, address text, normalized text, match_key text, domain text, is_primary boolean,
  is_shared boolean)
ON CONFLICT (workspace_id, person_id, normalized) DO NOTHING
