-- What: whether the records a task or activity is about exist, and the people behind them. Cost: one probe each. Index: primary keys.
SELECT
  (SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = $2) AS lead,
  (SELECT c.person_id FROM contacts c WHERE c.workspace_id = $1 AND c.id = $3) AS contact,
  (SELECT c.id FROM companies c WHERE c.workspace_id = $1 AND c.id = $4) AS company,
  (SELECT d.id FROM deals d WHERE d.workspace_id = $1 AND d.id = $5) AS deal,
  ARRAY(SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($6::uuid[])) AS people, lw_clock($1) AS now
