-- What: commits SENDING for the mails that go. A row that another worker moved meanwhile stays as it is. Cost: one update a send. Index: sends primary key.
UPDATE sends t SET state = 'SENDING', lease = g.lease, subject = g.subject, template_version = g.template_version, sending_at = $7::timestamptz,
  counted_at = $7::timestamptz, company_id = g.company_id, due_at = NULL, reason = NULL, version = t.version + 1, updated_at = $7::timestamptz
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::uuid[]) AS g (id, lease, subject, template_version, company_id)
WHERE t.workspace_id = $1 AND t.id = g.id AND (
  t.state = ANY($8::text[]) OR (t.state = 'SENDING' AND t.lease = g.lease) OR (t.mail_class = ANY($10::text[]) AND t.state = ANY($9::text[])))
RETURNING t.id
