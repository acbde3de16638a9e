-- What: holds sends in flight whose job no longer runs under the lease that committed them. Cost: one probe a send in flight. Index: sends_open.
UPDATE sends t SET state = 'AMBIGUOUS', reason = 'WORKER_LOST', version = t.version + 1, updated_at = $2
WHERE t.workspace_id = $1 AND t.state = 'SENDING' AND t.mail_class NOT IN ('SECURITY', 'DOUBLE_OPT_IN', 'DIGEST') AND NOT EXISTS (
  SELECT 1 FROM work w WHERE w.workspace_id = $1 AND w.lease = t.lease AND w.state = 'RUNNING' AND w.kind = 'deliver.send' AND w.key = t.id::text)
RETURNING t.id, t.state, t.reason, t.person_id, t.enrollment_id
