-- What: holds mail that may have left before the database was put back; what the house rather sends twice than never stays planned.
-- Cost: the workspace's open sends. Index: sends_open.
UPDATE sends t SET state = 'AMBIGUOUS', reason = 'RESTORED', version = t.version + 1, updated_at = $2
WHERE t.workspace_id = $1 AND t.state IN ('PLANNED', 'DEFERRED', 'SENDING') AND t.mail_class NOT IN ('SECURITY', 'DOUBLE_OPT_IN', 'DIGEST')
RETURNING t.id, t.state, t.reason, t.person_id, t.enrollment_id
