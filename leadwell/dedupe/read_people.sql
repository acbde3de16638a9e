-- What: people as they are compared, with whom they work for; those who cannot be candidates (merged, archived, anonymous) are left out. A number that
-- three people have is a line. Cost: five probes a person. Index: primary key of people; person_emails unique; person_phones_number, person_phones_e164.
SELECT p.id, p.kind, p.name, p.first_name, p.last_name, p.suffix, p.street, p.postal_code, p.city, p.country,
  (SELECT jsonb_agg(jsonb_build_object('match_key', e.match_key, 'domain', e.domain, 'shared', e.is_shared, 'verified', e.verified_at IS NOT NULL))
    FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = p.id) AS emails,
  (SELECT jsonb_agg(jsonb_build_object('e164', f.e164, 'line',
      (SELECT count(*) FROM (SELECT FROM person_phones o WHERE o.workspace_id = $1 AND o.e164 = f.e164 LIMIT 3) x) = 3))
    FROM person_phones f WHERE f.workspace_id = $1 AND f.person_id = p.id AND f.e164 IS NOT NULL) AS phones,
  ARRAY(
    SELECT l.company_name FROM leads l WHERE l.workspace_id = $1 AND l.person_id = p.id AND l.company_name IS NOT NULL
    UNION
    SELECT c.name FROM contacts k
    JOIN contact_companies j ON j.workspace_id = $1 AND j.contact_id = k.id
    JOIN companies c ON c.workspace_id = $1 AND c.id = j.company_id AND c.kind = 'COMPANY'
    WHERE k.workspace_id = $1 AND k.person_id = p.id) AS companies
FROM people p
WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[]) AND p.merged_into IS NULL AND p.archived_at IS NULL AND p.kind <> 'ANONYMOUS'
