-- What: a page of leads as the text of the answer; $2 state, $3 before, $4 rows, $5 and $6 the position behind which to go on. Index: leads_state_created.
WITH found AS MATERIALIZED (
  SELECT l.id, l.person_id, l.owner_id, l.company_id, l.title, l.state, l.company_name, l.created_at, l.last_activity_at, row_number() OVER () AS place
  FROM (
    SELECT * FROM leads l
    WHERE l.workspace_id = $1 AND l.archived_at IS NULL AND l.state = $2 AND l.created_at < $3 AND (l.created_at, l.id) < ($5, $6)
    ORDER BY l.created_at DESC, l.id DESC LIMIT $4 + 1
  ) l
), edges AS (
  SELECT f.place, c.cursor, row_to_json(n)::text AS node FROM found f
  CROSS JOIN LATERAL (
    SELECT translate(encode(convert_to(json_build_array(f.created_at::text, f.id::text)::text, 'UTF8'), 'base64'), E'+/\n', '-_') AS cursor
  ) c
  JOIN people p ON p.workspace_id = $1 AND p.id = f.person_id
  LEFT JOIN scores s ON s.workspace_id = $1 AND s.person_id = f.person_id AND s.is_default
  LEFT JOIN users u ON u.workspace_id = $1 AND u.id = f.owner_id
  LEFT JOIN companies o ON o.workspace_id = $1 AND o.id = f.company_id
  CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(row_to_json(x)), '[]') AS nodes FROM (
      SELECT t.kind, t.at, t.subject FROM activity_participants t
      WHERE t.workspace_id = $1 AND t.person_id = f.person_id ORDER BY t.at DESC, t.activity_id DESC LIMIT 3
    ) x
  ) a
  CROSS JOIN LATERAL (
    SELECT translate(encode('\x0002'::bytea || uuid_send(f.id), 'base64'), '+/', '-_') AS id, p.first_name AS "firstName", p.last_name AS "lastName",
      p.email, p.phone, f.title, f.state, s.score, s.grade, f.company_name AS "companyName", f.created_at AS "createdAt",
      f.last_activity_at AS "lastActivityAt", CASE WHEN u.id IS NOT NULL THEN json_build_object('name', u.name) END AS owner,
      CASE WHEN o.id IS NOT NULL THEN json_build_object('name', o.name, 'domain', o.domain) END AS company, json_build_object('nodes', a.nodes) AS activities
  ) n
  WHERE f.place <= $4
)
SELECT '{"data":{"leads":{"pageInfo":{"hasNextPage":' || (SELECT count(*) > $4 FROM found)::text
  || ',"endCursor":' || coalesce((SELECT to_json(e.cursor)::text FROM edges e ORDER BY e.place DESC LIMIT 1), 'null')
  || '},"edges":[' || coalesce((SELECT string_agg('{"cursor":' || to_json(e.cursor)::text || ',"node":' || e.node || '}', ',' ORDER BY e.place) FROM edges e), '')
  || ']}}}'
