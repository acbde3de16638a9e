-- What: the next keys after $2 that several records share, in order; of those that too many share only how many. Cost: one range of the index.
-- Index: primary key of match_keys.
SELECT k.key, count(*) AS n, CASE WHEN count(*) <= $4 THEN array_agg(k.record_id) END AS ids
FROM match_keys k WHERE k.workspace_id = $1 AND k.key > $2
GROUP BY k.key HAVING count(*) > 1 ORDER BY k.key LIMIT $3
