-- What: one person's row with primary address, lead and contact as they stood at $3, from which facts are read. Cost: five index probes.
-- Index: people_pkey, person_emails_primary, leads_person, contacts' unique person, prediction_history_person.
SELECT p.title AS "p.title", p.seniority AS "p.seniority", p.department AS "p.department", p.phone AS "p.phone", p.language AS "p.language",
  p.country AS "p.country", p.region AS "p.region", p.city AS "p.city", e.id AS "e.id", e.class AS "e.class", e.domain AS "e.domain",
  l.id AS "l.id", l.intent AS "l.intent", l.need AS "l.need", l.interest AS "l.interest", l.industry AS "l.industry", l.employees AS "l.employees",
  l.company_name AS "l.company_name", l.company_id AS "l.company_id", l.source_id AS "l.source_id",
  k.id AS "k.id", k.type AS "k.type", k.company_id AS "k.company_id", q.percent AS "q.percent"
FROM people p
LEFT JOIN person_emails e ON e.workspace_id = $1 AND e.person_id = p.id AND e.is_primary AND e.created_at <= $3
LEFT JOIN LATERAL (
  SELECT x.* FROM leads x WHERE x.workspace_id = $1 AND x.person_id = p.id AND x.created_at <= $3
  ORDER BY coalesce(x.state = 'OPEN' OR x.closed_at > $3, false) DESC, x.created_at DESC, x.id DESC LIMIT 1) l ON true
LEFT JOIN contacts k ON k.workspace_id = $1 AND k.person_id = p.id AND k.created_at <= $3
LEFT JOIN LATERAL (
  SELECT h.percent FROM prediction_history h WHERE h.workspace_id = $1 AND h.person_id = p.id AND h.at <= $3 ORDER BY h.at DESC, h.id DESC LIMIT 1) q ON true
WHERE p.workspace_id = $1 AND p.id = $2
