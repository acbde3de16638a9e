-- What: gives the next numbers to a batch of events, in id order. Cost: one update a row. Index: events_unsequenced.
WITH fresh AS (
  SELECT e.id, row_number() OVER (ORDER BY e.id) AS n
  FROM (SELECT u.id FROM events u WHERE u.workspace_id = $1 AND u.seq IS NULL ORDER BY u.id LIMIT $3) e
)
UPDATE events t SET seq = $2 + fresh.n FROM fresh WHERE t.workspace_id = $1 AND t.id = fresh.id
