-- What: writes what became of events. Cost: one update each. Index: primary key.
UPDATE happenings t SET state = h.state, outcome = h.outcome, body = h.body, kinds = h.kinds, keys = h.keys, updated_at = $3
FROM jsonb_to_recordset($2::jsonb) AS h (id uuid, state text, outcome jsonb, body jsonb, kinds text[], keys text[])
WHERE t.workspace_id = $1 AND t.id = h.id
