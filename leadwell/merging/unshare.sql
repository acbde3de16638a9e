-- What: an address of $2 that nobody else has is not shared any more, unless it is a role's; $3 is unused; then merge, step and half an id.
-- Cost: one probe an address. Index: person_emails unique, person_emails_match.
WITH changed AS (
  UPDATE person_emails t SET is_shared = false
  WHERE t.workspace_id = $1 AND t.person_id = $2 AND $3::text IS NULL AND t.is_shared AND t.class IS DISTINCT FROM 'ROLE'
    AND NOT EXISTS (SELECT 1 FROM person_emails o WHERE o.workspace_id = $1 AND o.match_key = t.match_key AND o.person_id <> $2)
    AND EXISTS (SELECT 1 FROM merge_rows m WHERE m.workspace_id = $1 AND m.merge_id = $4 AND m.table_name = 'person_emails' AND m.action IN ('MOVED', 'REMOVED')
      AND coalesce(m.before ->> 'match_key', t.match_key) = t.match_key)
  RETURNING t.id
)
INSERT INTO merge_rows (workspace_id, id, merge_id, step, action, table_name, keys, before, after)
SELECT $1, ($6 || substr(gen_random_uuid()::text, 16))::uuid, $4::uuid, $5::int, 'CHANGED', 'person_emails', jsonb_build_array(jsonb_build_object('id', x.id)),
  jsonb_build_object('is_shared', true), jsonb_build_object('is_shared', false) FROM changed x
RETURNING jsonb_array_length(keys) AS n
