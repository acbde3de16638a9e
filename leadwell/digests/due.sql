-- What: users whose hour has come today ($2 now) and who have no digest of the day. Cost: the users who want one. Index: the unique key of digests.
SELECT u.id AS user_id, z.here::date AS day
FROM users u CROSS JOIN lw_workspace($1) w
CROSS JOIN LATERAL (SELECT $2::timestamptz AT TIME ZONE coalesce(u.time_zone, w.time_zone) AS here) z
WHERE u.workspace_id = $1 AND u.digest_hour <= extract(hour FROM z.here) AND u.archived_at IS NULL
AND NOT EXISTS (SELECT FROM digests d WHERE d.workspace_id = $1 AND d.user_id = u.id AND d.day = z.here::date)
ORDER BY u.id
