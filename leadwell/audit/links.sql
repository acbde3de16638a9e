-- What: for up to $3 seals behind number $2 what they say, and what the events say now: how many there are, the root over their digests, the first whose
-- content is not that of its digest. Cost: reads the events of these seals once. Index: audit_seals primary key, events_seq.
SELECT s.number, s.from_seq, s.to_seq, s.root, s.mark, s.at, f.n, f.torn,
  sha256(coalesce(b.root, ''::bytea) || int8send(s.from_seq) || int8send(s.to_seq) || coalesce(f.digests, ''::bytea)) AS found
FROM (SELECT x.* FROM audit_seals x WHERE x.workspace_id = $1 AND x.number > $2 ORDER BY x.number LIMIT $3) s
LEFT JOIN audit_seals b ON b.workspace_id = $1 AND b.number = s.number - 1
CROSS JOIN LATERAL (
  SELECT count(*) AS n, string_agg(coalesce(e.digest, ''), ''::bytea ORDER BY e.seq) AS digests, min(e.seq) FILTER (
    WHERE e.digest IS DISTINCT FROM lw_event_digest(e, e.seq, CASE WHEN e.salt IS NULL THEN e.data_hash ELSE lw_data_hash(e.salt, e.data) END)
      OR (e.salt IS NULL) IS DISTINCT FROM (e.redacted_by IS NOT NULL) OR (e.salt IS NULL AND e.data <> '{}')) AS torn
  FROM events e WHERE e.workspace_id = $1 AND e.seq BETWEEN s.from_seq AND s.to_seq
) f ORDER BY s.number
