-- What: the merges of a person, and of everybody who went up in them, that still hold values; locked. Cost: some probes a merge.
-- Index: merges_survivor, merges_losers.
WITH RECURSIVE met AS (
  SELECT $2::uuid AS id
  UNION
  SELECT unnest(m.loser_ids) FROM met t JOIN merges m ON m.workspace_id = $1 AND m.survivor_id = t.id AND m.noun = 'PERSON' AND m.unmerged_at IS NULL
)
SELECT m.id FROM merges m
WHERE m.workspace_id = $1 AND m.noun = 'PERSON' AND m.blanked_at IS NULL
  AND (m.survivor_id = ANY(ARRAY(SELECT t.id FROM met t)) OR m.loser_ids && ARRAY(SELECT t.id FROM met t))
ORDER BY m.id FOR UPDATE
