-- What: people with a lead each; one lead in five comes from a fair, one in fifty is large. $1 the workspace, $4 of them after the first $2; $3 now.
WITH s AS (
  SELECT s.pipeline_id, s.id FROM lead_statuses s WHERE s.workspace_id = $1 AND s.type = 'NEW' AND s.is_default
), n AS (
  SELECT n, gen_random_uuid() AS person, gen_random_uuid() AS lead FROM generate_series($2::int + 1, $2::int + $4::int) AS n
), p AS (
  INSERT INTO people (workspace_id, id, name, email, created_at, updated_at)
  SELECT $1, n.person, 'Person ' || n.n, 'p' || n.n || '@company' || n.n % 5000 || '.example', $3::timestamptz, $3::timestamptz FROM n
)
INSERT INTO leads (workspace_id, id, person_id, pipeline_id, status_id, title, industry, employees, status_since, created_at, updated_at)
SELECT $1, n.lead, n.person, s.pipeline_id, s.id, 'Buyer', CASE WHEN n.n % 5 = 0 THEN 'Fairs' ELSE 'Steel' END, n.n % 1000, $3::timestamptz,
  $3::timestamptz, $3::timestamptz FROM n, s
