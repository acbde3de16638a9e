-- What: makes people members of campaigns; a response is kept for good. Cost: one row each. Index: campaign_members unique.
INSERT INTO campaign_members AS m (workspace_id, id, campaign_id, person_id, status, responded, responded_at, created_at, updated_at)
SELECT $1, x.id, x.campaign_id, x.person_id, CASE WHEN x.responded THEN 'RESPONDED' ELSE 'ADDED' END, x.responded,
  CASE WHEN x.responded THEN $6::timestamptz END, $6, $6
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::boolean[]) AS x (id, campaign_id, person_id, responded)
ORDER BY x.campaign_id, x.person_id
ON CONFLICT (workspace_id, campaign_id, person_id) DO UPDATE
SET responded = true, status = 'RESPONDED', responded_at = EXCLUDED.responded_at, version = m.version + 1, updated_at = EXCLUDED.updated_at
WHERE EXCLUDED.responded AND NOT m.responded
