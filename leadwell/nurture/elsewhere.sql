-- What: which of these people ($2, with the hashes of their addresses in $3) are in another sequence that does not stand beside this one ($4, of
-- exclusivity $5), themselves or somebody with their address. Cost: two index probes for a person and such a sequence. Index: enrollments_active,
-- enrollments_address.
SELECT w.id FROM unnest($2::uuid[], $3::bytea[]) AS w (id, hash)
WHERE EXISTS (
  SELECT 1 FROM sequences q
  WHERE q.workspace_id = $1 AND q.id <> $4 AND q.state IN ('LIVE', 'PAUSED')
    AND ($5 = 'ALONE' OR q.exclusivity = 'ALONE' OR $5 = 'EXCLUSIVE' AND q.exclusivity = 'EXCLUSIVE')
    AND (EXISTS (SELECT 1 FROM enrollments e WHERE e.workspace_id = $1 AND e.sequence_id = q.id AND e.person_id = w.id AND e.state = 'ACTIVE')
      OR EXISTS (SELECT 1 FROM enrollments e WHERE e.workspace_id = $1 AND e.sequence_id = q.id AND e.address_hash = w.hash AND e.state = 'ACTIVE'))
)
