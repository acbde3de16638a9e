-- What: notes since when open leads of some people are marketing-qualified; once. Cost: one row a lead. Index: leads_person.
UPDATE leads l SET marketing_qualified_at = $3, version = l.version + 1, updated_at = $3
WHERE l.workspace_id = $1 AND l.person_id = ANY($2::uuid[]) AND l.state = 'OPEN' AND l.marketing_qualified_at IS NULL
RETURNING l.id, l.person_id, l.version
