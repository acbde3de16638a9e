-- What: adds people to a campaign who are not in it. Cost: one probe each. Index: campaign_members unique.
INSERT INTO campaign_members (workspace_id, id, campaign_id, person_id, status, responded, responded_at, created_at, updated_at)
SELECT $1, x.id, $2, x.person_id, $5, $6, CASE WHEN $6 THEN $7::timestamptz END, $7, $7
FROM unnest($3::uuid[], $4::uuid[]) AS x (id, person_id) ORDER BY x.person_id
ON CONFLICT (workspace_id, campaign_id, person_id) DO NOTHING
