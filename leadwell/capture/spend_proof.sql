-- What: remembers what a proof of work was used for, and answers what it was used for first. Cost: one upsert. Index: primary key.
INSERT INTO form_proofs AS p (workspace_id, nonce, content, at) VALUES ($1, $2, $3, clock_timestamp())
ON CONFLICT (workspace_id, nonce) DO UPDATE SET at = p.at
RETURNING p.content
