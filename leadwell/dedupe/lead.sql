-- What: a lead as far as its company is looked for. Cost: one row. Index: primary keys, person_emails unique.
SELECT l.person_id, l.company_name, l.company_website, p.country, p.city, p.postal_code,
  ARRAY(SELECT e.domain FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = l.person_id AND e.is_valid) AS domains
FROM leads l JOIN people p ON p.workspace_id = $1 AND p.id = l.person_id
WHERE l.workspace_id = $1 AND l.id = $2
