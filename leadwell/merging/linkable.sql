-- What: open pairs of people who are beyond doubt one, after ($2, $3) in order. Cost: one range of the index. Index: duplicate_pairs_open.
SELECT d.id, d.probability FROM duplicate_pairs d
WHERE d.workspace_id = $1 AND d.state = 'OPEN' AND d.decision = 'LINK' AND d.noun = 'PERSON'
  AND ($3::uuid IS NULL OR (d.probability, d.id) < ($2::float8, $3::uuid))
ORDER BY d.probability DESC, d.id DESC LIMIT $4
