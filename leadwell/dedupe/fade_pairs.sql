-- What: open pairs that no longer look like one are no longer up for decision. Cost: one probe a pair. Index: duplicate_pairs unique.
UPDATE duplicate_pairs d SET state = 'FADED', version = d.version + 1, updated_at = $4
FROM unnest($2::uuid[], $3::uuid[]) AS x (low_id, high_id)
WHERE d.workspace_id = $1 AND d.low_id = x.low_id AND d.high_id = x.high_id AND d.state = 'OPEN' AND d.found_by <> 'USER'
