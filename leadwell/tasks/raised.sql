-- What: a task for the owner of each contact who asked to be spoken to ($2 rows: id, contact_id, person_id, assignee_id, body, raised_at; one a contact), or
-- a later `raised_at` on the one that is still open. The caller holds the locks of the people. $3 now. Cost: two probes a contact. Index: tasks_person.
WITH asked AS (
  SELECT x.* FROM jsonb_to_recordset($2::jsonb) AS x (id uuid, contact_id uuid, person_id uuid, assignee_id uuid, body text, raised_at timestamptz)
), still AS (
  SELECT DISTINCT ON (t.contact_id) t.id, t.contact_id, t.raised_at AS before, greatest(t.raised_at, a.raised_at) AS after
  FROM asked a JOIN tasks t ON t.workspace_id = $1 AND t.person_id = a.person_id AND t.contact_id = a.contact_id
  WHERE t.raised_at IS NOT NULL AND t.state = 'OPEN' AND t.archived_at IS NULL ORDER BY t.contact_id, t.created_at DESC, t.id DESC
), again AS (
  UPDATE tasks t SET raised_at = s.after, version = t.version + 1, updated_at = $3
  FROM still s WHERE t.workspace_id = $1 AND t.id = s.id
  RETURNING t.id, t.contact_id, t.version, t.title, t.assignee_id, s.before, s.after
), made AS (
  INSERT INTO tasks (workspace_id, id, title, body, priority, due_at, raised_at, assignee_id, person_id, contact_id, created_at, updated_at)
  SELECT $1, a.id, coalesce(p.name, p.email, p.phone, 'Somebody') || ' asks to be spoken to', a.body, 'HIGH', $3, a.raised_at, a.assignee_id, a.person_id,
    a.contact_id, $3, $3
  FROM asked a JOIN people p ON p.workspace_id = $1 AND p.id = a.person_id
  WHERE NOT EXISTS (SELECT FROM still s WHERE s.contact_id = a.contact_id)
  RETURNING id, contact_id, version, title, assignee_id, NULL::timestamptz AS before, raised_at AS after
)
SELECT m.* FROM made m UNION ALL SELECT g.* FROM again g
