-- What: whose and which records' happenings make up the timeline of a person or contact: the person's own, those of all their leads, of the contact, and the
-- stages of deals the contact has a role in. Cost: a probe each. Index: primary keys, leads_person, deal_contacts_contact.
WITH asked AS MATERIALIZED (
  SELECT coalesce({went}, {id}) AS id
), root AS MATERIALIZED (
  SELECT t.id, t.{person} AS person_id FROM asked q JOIN {table} t ON t.id = q.id WHERE {visible}
), lead AS (
  SELECT l.id FROM root r JOIN leads l ON l.workspace_id = $1 AND l.person_id = r.person_id WHERE l.workspace_id = $1{see_lead}
), contact AS (
  SELECT c.id FROM root r JOIN contacts c ON c.workspace_id = $1 AND c.person_id = r.person_id
), deal AS (
  SELECT d.id FROM contact c JOIN deal_contacts x ON x.workspace_id = $1 AND x.contact_id = c.id
  JOIN deals d ON d.workspace_id = $1 AND d.id = x.deal_id WHERE d.workspace_id = $1{see_deal}
), subject (part, id, until) AS MATERIALIZED (
  SELECT v.part, r.person_id, 'infinity'::timestamptz FROM root r, (VALUES ('PERSON'), ('CONSENT'), ('MERGE'), ('FILE')) AS v (part)
  UNION ALL SELECT v.part, l.id, 'infinity' FROM lead l, (VALUES ('RECORD'), ('STATUS'), ('FILE')) AS v (part)
  UNION ALL SELECT v.part, c.id, 'infinity' FROM contact c, (VALUES ('RECORD'), ('BUYER'), ('FILE')) AS v (part)
  UNION ALL SELECT 'STAGE', d.id, 'infinity' FROM deal d
)
