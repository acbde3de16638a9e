-- What: facts of people and one lead of each as they are today, of contacts and addresses as far as they were there at the time asked for, and how often
--   and how lately they did what in the 30 and 180 days before it. Cost: some probes and a range of activities a person.
-- Index: people_pkey, leads_pkey, person_emails_primary, contacts' unique person, companies_pkey, activity_participants_person.
SELECT q.person_id, q.lead_id, q.at, l.created_at,
  p.seniority AS "p.seniority", p.department AS "p.department", p.country AS "p.country", p.language AS "p.language", p.phone AS "p.phone", p.title AS "p.title",
  e.id AS "e.id", e.class AS "e.class", e.domain AS "e.domain",
  l.id AS "l.id", l.intent AS "l.intent", l.interest AS "l.interest", l.need AS "l.need", l.industry AS "l.industry", l.employees AS "l.employees",
  l.company_name AS "l.company_name", s.channel AS "s.channel", k.id AS "k.id", k.type AS "k.type",
  c.id AS "c.id", c.name AS "c.name", c.industry AS "c.industry", c.country AS "c.country", c.employees AS "c.employees", d.lived
FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[]) AS q (person_id, lead_id, at)
JOIN people p ON p.workspace_id = $1 AND p.id = q.person_id
JOIN leads l ON l.workspace_id = $1 AND l.id = q.lead_id
LEFT JOIN person_emails e ON e.workspace_id = $1 AND e.person_id = p.id AND e.is_primary AND e.created_at <= q.at
LEFT JOIN sources s ON s.workspace_id = $1 AND s.id = l.source_id
LEFT JOIN contacts k ON k.workspace_id = $1 AND k.person_id = p.id AND k.created_at <= q.at
LEFT JOIN companies c ON c.workspace_id = $1 AND c.id = coalesce(k.company_id, l.company_id) AND c.created_at <= q.at
LEFT JOIN LATERAL (
  SELECT jsonb_object_agg(x.kind, jsonb_build_array(x.lately, x.often, x.days)) AS lived
  FROM (
    SELECT ap.kind, count(*) FILTER (WHERE ap.at > q.at - interval '30 days') AS lately, count(*) AS often,
      floor(date_part('epoch', q.at - max(ap.at)) / 86400) AS days
    FROM activity_participants ap
    WHERE ap.workspace_id = $1 AND ap.person_id = q.person_id AND ap.at <= q.at AND ap.at > q.at - interval '180 days' AND ap.reading = 'HUMAN'
      AND ap.kind = ANY($5::text[])
    GROUP BY ap.kind) x) d ON true
