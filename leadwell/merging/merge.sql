-- What: one merge, before its manifest. Cost: one row. Index: none read.
INSERT INTO merges (workspace_id, id, noun, survivor_id, loser_ids, folds, plan_hash, conflicts, actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
