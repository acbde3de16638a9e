-- What: what the page and the mail of a double opt-in say. Cost: three probes. Index: primary keys.
SELECT o.id, o.address, o.address_hash, o.message_id, o.mail_state, o.confirmed_at, o.expires_at, o.expires_at < $3 AS is_over, f.name AS form_name, f.thank_you,
  f.redirect_url, f.locale, f.words, w.name AS workspace_name, w.outbound_epoch, sn.name AS sender_name, sn.address AS sender_address, sn.reply_to,
  ARRAY(SELECT p.kind FROM suppressions p WHERE p.workspace_id = $1 AND p.address_hash = o.address_hash AND p.lifted_at IS NULL) AS suppressions
FROM opt_ins o
JOIN forms f ON f.workspace_id = $1 AND f.id = o.form_id
CROSS JOIN lw_workspace($1) w
LEFT JOIN LATERAL (
  SELECT x.name, x.address, x.reply_to FROM senders x WHERE x.workspace_id = $1 AND x.is_default AND x.archived_at IS NULL ORDER BY x.id LIMIT 1
) sn ON true
WHERE o.workspace_id = $1 AND o.id = $2
