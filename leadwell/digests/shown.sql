-- What: a digest as its mail says it: whose it is, whether they want it still, and from whom it comes. Cost: a few probes. Index: primary keys.
SELECT d.id, d.user_id, d.mail_state, d.message_id, u.name, u.email, u.digest_hour IS NOT NULL AND u.archived_at IS NULL AS wanted,
  coalesce(u.time_zone, w.time_zone) AS time_zone, w.name AS workspace_name, w.outbound_epoch, sn.name AS sender_name, sn.address AS sender_address
FROM digests d JOIN users u ON u.workspace_id = $1 AND u.id = d.user_id CROSS JOIN lw_workspace($1) w
LEFT JOIN LATERAL (
  SELECT x.name, x.address FROM senders x WHERE x.workspace_id = $1 AND x.is_default AND x.archived_at IS NULL ORDER BY x.id LIMIT 1
) sn ON true
WHERE d.workspace_id = $1 AND d.id = $2
