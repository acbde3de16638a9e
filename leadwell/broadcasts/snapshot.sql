-- What: writes down whom a broadcast goes to, each once, all due at one moment. Cost: the audience. Index: broadcast_recipients primary key.
WITH made AS (
  INSERT INTO broadcast_recipients (workspace_id, broadcast_id, person_id, due_at)
  SELECT DISTINCT $1::uuid, {broadcast}, a.person_id, {due} FROM ({audience}) a
  ON CONFLICT DO NOTHING RETURNING 1
) SELECT count(*) AS n FROM made
