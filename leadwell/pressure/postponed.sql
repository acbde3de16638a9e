-- What: notes in the ledger why mails wait and until when. Cost: one update a send. Index: sends primary key.
UPDATE sends t SET reason = w.reason, due_at = w.due_at, version = t.version + 1, updated_at = $5::timestamptz
FROM unnest($2::uuid[], $3::text[], $4::timestamptz[]) AS w (id, reason, due_at)
WHERE t.workspace_id = $1 AND t.id = w.id AND t.state IN ('PLANNED', 'DEFERRED')
