-- What: a double opt-in and its submission, locked. Cost: two probes. Index: primary keys.
SELECT o.id, o.submission_id, o.address_hash, o.expires_at, o.confirmed_at, s.payload, s.version
FROM opt_ins o JOIN submissions s ON s.workspace_id = $1 AND s.id = o.submission_id
WHERE o.workspace_id = $1 AND o.id = $2 FOR NO KEY UPDATE
