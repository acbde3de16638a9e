-- What: the fingerprint each person had at the last run. Cost: one probe a person. Index: enrichment_runs_person.
SELECT i.id AS person_id, r.input_hash
FROM unnest($2::uuid[]) AS i (id)
JOIN LATERAL (
  SELECT e.input_hash FROM enrichment_runs e
  WHERE e.workspace_id = $1 AND e.person_id = i.id ORDER BY e.at DESC, e.id DESC LIMIT 1
) r ON true
