-- What: keeps what an amendment did. Cost: one row. Index: none read.
INSERT INTO conversion_amendments (workspace_id, id, lead_id, request, fingerprint, manifest, conflicts, actor, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
