-- What: takes the next changed records out: those of quiet changes ({hushed}: IS NOT NULL), or the others (IS NULL). Cost: one probe and one delete each. Index: segment_changes primary key,
-- segment_changes_told.
DELETE FROM segment_changes d USING (
  SELECT c.noun, c.record_id FROM segment_changes c WHERE c.workspace_id = $1 AND c.hush {hushed}
  ORDER BY c.noun, c.record_id LIMIT $2 FOR UPDATE SKIP LOCKED
) c WHERE d.workspace_id = $1 AND d.noun = c.noun AND d.record_id = c.record_id
RETURNING d.noun, d.record_id, d.hush
