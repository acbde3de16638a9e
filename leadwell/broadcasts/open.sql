-- What: whether some mail of a broadcast is still to go. Cost: until the first that is. Index: sends_open, broadcast_recipients_send.
SELECT EXISTS (
  SELECT 1 FROM sends s JOIN broadcast_recipients r ON r.workspace_id = $1 AND r.send_id = s.id
  WHERE s.workspace_id = $1 AND s.state IN ('PLANNED', 'SENDING', 'DEFERRED') AND s.mail_class = 'BROADCAST' AND r.broadcast_id = $2)
