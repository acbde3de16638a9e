-- What: what found.sql met, told in full: the companies of the contact $2 and the one it is of ($3), companies that share a key of the lead's ($4) with what
-- they are compared by, the contacts among those who may be the person ($5), and companies by id ($6): the lead's by key or name, or asked for. Cost: one
-- probe each. Index: primary keys, contact_companies unique, contacts unique person.
WITH near AS (
  SELECT r.record_id, r.facts FROM match_records r WHERE r.workspace_id = $1 AND r.record_id = ANY($4::uuid[])
)
SELECT
  (SELECT jsonb_agg(jsonb_build_object('company_id', l.company_id, 'role', l.role, 'is_primary', l.is_primary, 'to_on', l.to_on, 'kind', c.kind, 'name', c.name)
      ORDER BY l.is_primary DESC, l.created_at, l.id)
    FROM contact_companies l JOIN companies c ON c.workspace_id = $1 AND c.id = l.company_id WHERE l.workspace_id = $1 AND l.contact_id = $2) AS links,
  (SELECT to_jsonb(c) FROM companies c WHERE c.workspace_id = $1 AND c.id = $3) AS current,
  (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.id) FROM companies c WHERE c.workspace_id = $1 AND c.id = ANY($6::uuid[])) AS companies,
  (SELECT jsonb_object_agg(n.record_id, n.facts) FROM near n) AS near,
  (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.id)
    FROM near n JOIN companies c ON c.workspace_id = $1 AND c.id = n.record_id AND c.kind = 'COMPANY' AND c.archived_at IS NULL) AS matches,
  (SELECT jsonb_agg(jsonb_build_object('contact_id', c.id, 'person_id', p.id, 'name', coalesce(p.name, p.email, p.phone, '')))
    FROM contacts c JOIN people p ON p.workspace_id = $1 AND p.id = c.person_id
    WHERE c.workspace_id = $1 AND c.person_id = ANY($5::uuid[]) AND c.archived_at IS NULL) AS contacts
