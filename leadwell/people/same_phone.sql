-- What: up to three people per number: evidence for a reviewer, never a link. Cost: one probe a number. Index: person_phones_e164.
SELECT n.e164, s.person_id FROM unnest($2::text[]) AS n (e164), LATERAL (
  SELECT f.person_id FROM person_phones f WHERE f.workspace_id = $1 AND f.e164 = n.e164 LIMIT 3) s
