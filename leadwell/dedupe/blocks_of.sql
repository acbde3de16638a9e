-- What: keys of one kind that a few records share. Cost: a part of the index. Index: primary key of match_keys.
SELECT k.key, array_agg(k.record_id) AS ids
FROM match_keys k WHERE k.workspace_id = $1 AND (k.key & 15) = $2
GROUP BY k.key HAVING count(*) BETWEEN 2 AND $4 ORDER BY k.key LIMIT $3
