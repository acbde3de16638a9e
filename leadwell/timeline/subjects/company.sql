-- What: whose and which records' happenings make up the timeline of a company: its own, those of its deals, of its contacts (until they left it), and of the
-- people behind leads matched to it. Cost: a probe a contact, lead and deal. Index: contact_companies_company, leads_company, deals_company, primary keys.
WITH asked AS MATERIALIZED (
  SELECT coalesce({went}, {id}) AS id
), root AS MATERIALIZED (
  SELECT t.id FROM asked q JOIN {table} t ON t.id = q.id WHERE {visible}
), lead AS MATERIALIZED (
  SELECT l.id, l.person_id FROM root r JOIN leads l ON l.workspace_id = $1 AND l.company_id = r.id WHERE l.workspace_id = $1{see_lead}
), contact AS MATERIALIZED (
  SELECT c.id, c.person_id, coalesce((x.to_on + 1)::timestamp AT TIME ZONE 'UTC', 'infinity') AS until
  FROM root r JOIN contact_companies x ON x.workspace_id = $1 AND x.company_id = r.id AND x.archived_at IS NULL
  JOIN contacts c ON c.workspace_id = $1 AND c.id = x.contact_id
), deal AS MATERIALIZED (
  SELECT d.id FROM root r JOIN deals d ON d.workspace_id = $1 AND d.company_id = r.id WHERE d.workspace_id = $1{see_deal}
), subject (part, id, until) AS MATERIALIZED (
  SELECT 'PERSON', p.person_id, max(p.until)
  FROM (SELECT c.person_id, c.until FROM contact c UNION ALL SELECT l.person_id, 'infinity' FROM lead l) p GROUP BY p.person_id
  UNION ALL SELECT v.part, r.id, 'infinity' FROM root r, (VALUES ('RECORD'), ('COMPANY'), ('MERGE'), ('FILE')) AS v (part)
  UNION ALL SELECT v.part, d.id, 'infinity' FROM deal d, (VALUES ('RECORD'), ('STAGE'), ('FILE')) AS v (part)
  UNION ALL SELECT 'STATUS', l.id, 'infinity' FROM lead l
  UNION ALL SELECT 'BUYER', c.id, c.until FROM contact c
)
