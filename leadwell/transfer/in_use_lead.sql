-- What: leads that are closed; what became of them stays. Cost: one probe each. Index: primary key of leads.
SELECT l.id FROM leads l WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[]) AND l.state <> 'OPEN'
