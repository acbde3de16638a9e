-- What: the next link of the chain: how far it reaches, and the root over the digests of up to $3 numbered events behind $2; $4 is the root before.
-- Cost: reads these events once. Index: events_seq.
SELECT max(e.seq) AS to_seq, sha256($4::bytea || int8send($2 + 1) || int8send(max(e.seq)) || string_agg(coalesce(e.digest, ''), ''::bytea ORDER BY e.seq)) AS root
FROM (SELECT x.seq, x.digest FROM events x WHERE x.workspace_id = $1 AND x.seq > $2 ORDER BY x.seq LIMIT $3) e
