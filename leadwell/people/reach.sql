-- What: every address and number of some people. Cost: two probes a person. Index: person_emails unique, person_phones_number.
SELECT p.id,
  ARRAY(SELECT e.normalized FROM person_emails e WHERE e.workspace_id = $1 AND e.person_id = p.id) AS addresses,
  ARRAY(SELECT x.n FROM person_phones f, LATERAL (VALUES (f.raw), (f.e164)) AS x (n) WHERE f.workspace_id = $1 AND f.person_id = p.id AND x.n IS NOT NULL) AS numbers,
  ARRAY(SELECT f.raw FROM person_phones f WHERE f.workspace_id = $1 AND f.person_id = p.id AND f.e164 IS NULL) AS unread,
  EXISTS (SELECT FROM person_phones f WHERE f.workspace_id = $1 AND f.person_id = p.id AND f.is_primary) AS has_number
FROM unnest($2::uuid[]) AS p (id) WHERE $1::uuid IS NOT NULL
