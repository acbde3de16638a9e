-- What: parked announcements of vendors, by id ($2) or of a feed ($3), newest first, as far as their feed has a token. Cost: one probe each; of a feed the
-- submissions that wait. Index: primary keys, submissions_waiting.
SELECT s.id
FROM submissions s JOIN feeds f ON f.workspace_id = $1 AND f.id = (s.payload -> 'fields' ->> '_feed')::uuid
WHERE s.workspace_id = $1 AND s.state = 'PARKED' AND s.payload -> 'fields' ->> '_notice' IS NOT NULL AND f.token_ciphertext IS NOT NULL
  AND ($2::uuid[] IS NULL OR s.id = ANY($2::uuid[])) AND ($3::uuid IS NULL OR f.id = $3)
ORDER BY s.received_at DESC, s.id DESC LIMIT $4
