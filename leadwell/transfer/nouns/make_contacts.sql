-- What: makes contacts, each with its first company link; one that was put away comes back. Cost: two rows each. Index: contacts unique person.
WITH given AS (
  SELECT * FROM jsonb_to_recordset($2::jsonb) AS g (id uuid, person_id uuid, link_id uuid, company_id uuid, type text, owner_id uuid, source_id uuid, title text)
), made AS (
  INSERT INTO contacts AS c (workspace_id, id, person_id, type, owner_id, company_id, title, source_id, created_at, updated_at)
  SELECT $1, g.id, g.person_id, g.type, g.owner_id, g.company_id, g.title, g.source_id, $3, $3 FROM given g ORDER BY g.person_id
  ON CONFLICT (workspace_id, person_id) DO UPDATE SET archived_at = NULL, company_id = EXCLUDED.company_id, version = c.version + 1, updated_at = $3
  RETURNING id, person_id, company_id
), unlinked AS (
  UPDATE contact_companies l SET is_primary = false FROM made m
  WHERE l.workspace_id = $1 AND l.contact_id = m.id AND l.is_primary AND l.company_id <> m.company_id RETURNING l.id
), linked AS (
  INSERT INTO contact_companies AS l (workspace_id, id, contact_id, company_id, is_primary, created_at, updated_at)
  SELECT $1, g.link_id, m.id, g.company_id, (SELECT count(*) >= 0 FROM unlinked), $3, $3 FROM made m JOIN given g ON g.person_id = m.person_id
  ON CONFLICT (workspace_id, contact_id, company_id) DO UPDATE SET is_primary = true, to_on = NULL
)
SELECT m.person_id, m.id FROM made m
