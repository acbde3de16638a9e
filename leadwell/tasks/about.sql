-- What: which of the records a task or activity is about exist, what they have become by merges, and the people behind them. Cost: two probes each.
-- Index: primary keys of redirects and of the nouns' tables.
SELECT w.noun, w.id, w.now_id, CASE w.noun
  WHEN 'Person' THEN (SELECT p.id FROM people p WHERE p.workspace_id = $1 AND p.id = w.now_id)
  WHEN 'Lead' THEN (SELECT l.person_id FROM leads l WHERE l.workspace_id = $1 AND l.id = w.now_id)
  WHEN 'Contact' THEN (SELECT c.person_id FROM contacts c WHERE c.workspace_id = $1 AND c.id = w.now_id)
  WHEN 'Company' THEN (SELECT c.id FROM companies c WHERE c.workspace_id = $1 AND c.id = w.now_id)
  WHEN 'Deal' THEN (SELECT d.id FROM deals d WHERE d.workspace_id = $1 AND d.id = w.now_id)
  WHEN 'Campaign' THEN (SELECT c.id FROM campaigns c WHERE c.workspace_id = $1 AND c.id = w.now_id) END AS found, lw_clock($1) AS now
FROM (
  SELECT x.noun, x.id, CASE WHEN r.new_id IS NULL THEN x.id ELSE r.new_id END AS now_id FROM unnest($2::text[], $3::uuid[]) AS x (noun, id)
  LEFT JOIN redirects r ON r.workspace_id = $1 AND r.noun = x.noun AND r.old_id = x.id
) w
