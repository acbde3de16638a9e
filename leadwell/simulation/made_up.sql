-- What: people who do not exist ($2 ids, $3 their numbers, $4 their addresses, $5 match keys, $6 time zones), each with an open lead, and where contacts
-- are wanted ($7) with a contact; five to a company. Only ever in a rehearsal. Cost: five inserts a person. Index: primary keys.
WITH given AS MATERIALIZED (
  SELECT g.*, md5('company ' || (g.number / 5))::uuid AS company_id, 'Made-up person ' || (g.number + 1) AS name
  FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[]) AS g (id, number, address, match_key, zone)
), firms AS (
  INSERT INTO companies (workspace_id, id, name, name_key, created_at, updated_at)
  SELECT DISTINCT ON (g.company_id) $1, g.company_id, 'Made-up company ' || (g.number / 5 + 1), 'made-up-' || (g.number / 5 + 1), $8::timestamptz, $8::timestamptz
  FROM given g ORDER BY g.company_id
), persons AS (
  INSERT INTO people (workspace_id, id, name, first_name, last_name, email, time_zone, created_at, updated_at)
  SELECT $1, g.id, g.name, 'Made-up', 'Person ' || (g.number + 1), g.address, g.zone, $8::timestamptz, $8::timestamptz FROM given g
), addresses AS (
  INSERT INTO person_emails (workspace_id, id, person_id, address, normalized, match_key, domain, is_primary, created_at)
  SELECT $1, g.id, g.id, g.address, g.address, g.match_key, split_part(g.address, '@', 2), true, $8::timestamptz FROM given g
), asked AS (
  INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, company_id, company_name, status_since, created_at, updated_at)
  SELECT $1, g.id, g.id, s.pipeline_id, s.id, g.company_id, 'Made-up company', $8::timestamptz, $8::timestamptz, $8::timestamptz
  FROM given g CROSS JOIN (SELECT s.id, s.pipeline_id FROM lead_statuses s WHERE s.workspace_id = $1 AND s.type = 'NEW' ORDER BY s.is_default DESC, s.id LIMIT 1) s
  WHERE NOT $7::boolean
)
INSERT INTO contacts (workspace_id, id, person_id, company_id, created_at, updated_at)
SELECT $1, g.id, g.id, g.company_id, $8::timestamptz, $8::timestamptz FROM given g WHERE $7::boolean
