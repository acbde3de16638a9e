-- The hand-written lock of a conversion, with all that it has to know: is there the company ($3 its domain, $4 its name), one of that name, one that shares
-- a key ($5), a contact, a doubt who the person is. $2 lead
SELECT l.person_id, l.owner_id, l.title,
  jsonb_build_object('name', p.name, 'prefix', p.prefix, 'first_name', p.first_name, 'middle_name', p.middle_name, 'last_name', p.last_name,
    'suffix', p.suffix, 'email', p.email, 'phone', p.phone, 'title', p.title, 'department', p.department, 'seniority', p.seniority,
    'language', p.language, 'time_zone', p.time_zone, 'country', p.country, 'region', p.region, 'city', p.city, 'postal_code', p.postal_code,
    'street', p.street) AS snapshot,
  (SELECT c.id FROM contacts c WHERE c.workspace_id = $1 AND c.person_id = p.id) AS contact,
  EXISTS (SELECT FROM company_keys k WHERE k.workspace_id = $1 AND k.kind = 'DOMAIN' AND k.key = $3)
    OR EXISTS (SELECT FROM company_keys k WHERE k.workspace_id = $1 AND k.kind = 'NAME' AND k.key = $4::text || chr(31)) AS known,
  EXISTS (SELECT FROM companies c WHERE c.workspace_id = $1 AND c.name_key = $4 AND c.kind = 'COMPANY' AND c.archived_at IS NULL) AS alike,
  EXISTS (SELECT FROM match_keys m WHERE m.workspace_id = $1 AND m.key = ANY($5::bigint[])) AS near,
  EXISTS (SELECT FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.low_id = p.id AND d.state = 'OPEN')
    OR EXISTS (SELECT FROM duplicate_pairs d WHERE d.workspace_id = $1 AND d.high_id = p.id AND d.state = 'OPEN') AS doubtful
FROM people p JOIN leads l ON l.workspace_id = $1 AND l.id = $2 AND l.person_id = p.id
WHERE p.workspace_id = $1 AND p.id = (SELECT x.person_id FROM leads x WHERE x.workspace_id = $1 AND x.id = $2)
FOR NO KEY UPDATE OF p, l
