-- What: pairs of records that a merge made one, those too that nobody had put up. Cost: one row a pair. Index: duplicate_pairs unique.
INSERT INTO duplicate_pairs AS d (workspace_id, id, noun, low_id, high_id, probability, decision, evidence, state, found_by, decided_at, decided_by_id,
  merge_id, automatic, created_at, updated_at)
SELECT $1, x.id, $5, x.low_id, x.high_id, 1, 'REVIEW', '[]', 'MERGED', 'USER', $6, $7, $8, $9, $6, $6
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS x (low_id, high_id, id) ORDER BY x.low_id, x.high_id
ON CONFLICT (workspace_id, low_id, high_id) DO UPDATE
SET state = 'MERGED', version = d.version + 1, updated_at = EXCLUDED.updated_at, decided_at = EXCLUDED.decided_at, decided_by_id = EXCLUDED.decided_by_id,
  merge_id = EXCLUDED.merge_id, automatic = EXCLUDED.automatic
WHERE d.state <> 'MERGED'
