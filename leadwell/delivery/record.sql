-- What: writes outcomes of sends. Before the gate only refusals and delays are possible; after it, whatever the server said to the worker
-- that holds the lease; AMBIGUOUS when another worker finds it in flight. Cost: one update a send. Index: sends primary key.
UPDATE sends t SET state = o.state, reply = o.reply, reason = CASE WHEN t.state = 'AMBIGUOUS' THEN 'LATE_ANSWER' ELSE o.reason END,
  version = t.version + 1, updated_at = $7::timestamptz,
  ended_at = CASE WHEN o.state IN ('SENT', 'REJECTED', 'SKIPPED') THEN $7::timestamptz END,
  words_ciphertext = CASE WHEN o.state IN ('SENT', 'REJECTED') THEN NULL ELSE t.words_ciphertext END
FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[]) AS o (id, state, lease, reply, reason)
WHERE t.workspace_id = $1 AND t.id = o.id AND (
  (t.state IN ('PLANNED', 'DEFERRED') AND o.state IN ('REJECTED', 'DEFERRED', 'SKIPPED'))
  OR (t.state = 'SENDING' AND t.lease = o.lease AND o.state IN ('SENT', 'REJECTED', 'DEFERRED', 'AMBIGUOUS'))
  OR (t.state = 'SENDING' AND t.lease <> o.lease AND o.state = 'AMBIGUOUS')
  OR (t.state = 'AMBIGUOUS' AND t.lease = o.lease AND o.state = 'SENT')
)
RETURNING t.id, t.state, t.reason, t.reply, t.person_id, t.enrollment_id, t.subject, t.mail_class, t.sending_at, t.address_hash, t.user_id
