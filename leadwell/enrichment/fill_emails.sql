-- What: fills what is known of addresses. Cost: one row an address. Index: primary key of person_emails.
UPDATE person_emails e
SET class = coalesce(x.class, e.class), is_valid = coalesce(x.is_valid, e.is_valid)
FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, class text, is_valid boolean)
WHERE e.workspace_id = $1 AND e.id = x.id
RETURNING e.id
