-- What: the records asked about and, of people where $3, some who share an address or a line with them: they may have been kept as its only users. Those that
-- are kept are locked, in order. Tells beside them how many those are, the version of the weights of $4 and the time. Cost: some probes a record.
-- Index: person_emails_match, person_phones_e164, primary key of match_records.
WITH wanted AS MATERIALIZED (
  SELECT s.id FROM unnest($2::uuid[]) AS s (id)
  UNION
  SELECT o.person_id FROM person_emails e
  JOIN LATERAL (SELECT x.person_id FROM person_emails x WHERE x.workspace_id = $1 AND x.match_key = e.match_key ORDER BY x.created_at LIMIT 5) o ON true
  WHERE $3::boolean AND e.workspace_id = $1 AND e.person_id = ANY($2::uuid[]) AND e.is_shared
  UNION
  SELECT o.person_id FROM person_phones f
  JOIN LATERAL (SELECT x.person_id FROM person_phones x WHERE x.workspace_id = $1 AND x.e164 = f.e164 LIMIT 5) o ON true
  WHERE $3::boolean AND f.workspace_id = $1 AND f.person_id = ANY($2::uuid[]) AND f.e164 IS NOT NULL
), held AS MATERIALIZED (
  SELECT r.record_id FROM match_records r
  WHERE r.workspace_id = $1 AND r.record_id = ANY(ARRAY(SELECT w.id FROM wanted w)) ORDER BY r.record_id FOR UPDATE
)
SELECT w.id, m.version, lw_clock($1) AS now, (SELECT count(*) FROM held) AS held
FROM wanted w LEFT JOIN match_models m ON m.workspace_id = $1 AND m.noun = $4::text
