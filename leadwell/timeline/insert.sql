-- What: inserts activities with participants and links in one statement. Cost: one row each. Index: none read.
WITH activity AS (
  INSERT INTO activities (workspace_id, id, kind, at, direction, subject, body, outcome, duration_seconds, automated, reading, source, external_id,
    user_id, send_id, data, created_at)
  SELECT $1, a.id, a.kind, a.at, a.direction, a.subject, a.body, a.outcome, a.duration_seconds, a.automated, a.reading, a.source, a.external_id,
    a.user_id, a.send_id, a.data, $5
  FROM jsonb_to_recordset($2::jsonb) AS a (id uuid, kind text, at timestamptz, direction text, subject text, body text, outcome text,
    duration_seconds int, automated boolean, reading text, source text, external_id text, user_id uuid, send_id uuid, data jsonb)
), participant AS (
  INSERT INTO activity_participants (workspace_id, activity_id, person_id, role, kind, at, reading, subject)
  SELECT $1, p.activity_id, p.person_id, p.role, p.kind, p.at, p.reading, p.subject
  FROM jsonb_to_recordset($3::jsonb) AS p (activity_id uuid, person_id uuid, role text, kind text, at timestamptz, reading text, subject text)
)
INSERT INTO activity_links (workspace_id, activity_id, noun, record_id, kind, at)
SELECT $1, l.activity_id, l.noun, l.record_id, l.kind, l.at
FROM jsonb_to_recordset($4::jsonb) AS l (activity_id uuid, noun text, record_id uuid, kind text, at timestamptz)
