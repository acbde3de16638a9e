-- What: a lead with its company and its last 20 activities as the text of the answer; $2 the lead. Index: primary keys, activity_participants_person.
SELECT '{"data":{"lead":' || coalesce((
  SELECT row_to_json(n)::text FROM leads l
  JOIN people p ON p.workspace_id = $1 AND p.id = l.person_id
  LEFT JOIN scores s ON s.workspace_id = $1 AND s.person_id = l.person_id AND s.is_default
  LEFT JOIN users u ON u.workspace_id = $1 AND u.id = l.owner_id
  LEFT JOIN companies o ON o.workspace_id = $1 AND o.id = l.company_id
  CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(row_to_json(x)), '[]') AS nodes FROM (
      SELECT translate(encode('\x0006'::bytea || uuid_send(a.id), 'base64'), '+/', '-_') AS id, a.kind, a.at, a.subject, a.direction
      FROM activity_participants t JOIN activities a ON a.workspace_id = $1 AND a.id = t.activity_id
      WHERE t.workspace_id = $1 AND t.person_id = l.person_id ORDER BY t.at DESC, t.activity_id DESC LIMIT 20
    ) x
  ) a
  CROSS JOIN LATERAL (
    SELECT translate(encode('\x0002'::bytea || uuid_send(l.id), 'base64'), '+/', '-_') AS id, p.first_name AS "firstName", p.last_name AS "lastName",
      p.email, p.phone, l.title, l.state, s.score, s.grade, s.fit, s.engagement, l.company_name AS "companyName", p.country, l.need,
      l.created_at AS "createdAt", l.updated_at AS "updatedAt", l.last_activity_at AS "lastActivityAt", l.closed_at AS "closedAt", l.version,
      CASE WHEN u.id IS NOT NULL THEN json_build_object('name', u.name) END AS owner,
      CASE WHEN o.id IS NOT NULL THEN json_build_object('id', translate(encode('\x0004'::bytea || uuid_send(o.id), 'base64'), '+/', '-_'), 'name', o.name,
        'domain', o.domain, 'industry', o.industry, 'employees', o.employees, 'country', o.country, 'createdAt', o.created_at) END AS company,
      json_build_object('nodes', a.nodes) AS activities
  ) n
  WHERE l.workspace_id = $1 AND l.id = $2
), 'null') || '}}'
