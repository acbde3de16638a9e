-- What: of the events behind the last seal ($2) how many there are, the last, the first with other content than its digest, and the last number given.
-- Cost: reads these events once. Index: events_seq.
SELECT count(e.id) AS n, max(e.seq) AS last, coalesce((SELECT c.last_seq FROM event_cursors c WHERE c.workspace_id = $1), 0) AS given, min(e.seq) FILTER (
  WHERE e.digest IS DISTINCT FROM lw_event_digest(e, e.seq, CASE WHEN e.salt IS NULL THEN e.data_hash ELSE lw_data_hash(e.salt, e.data) END)
    OR (e.salt IS NULL) IS DISTINCT FROM (e.redacted_by IS NOT NULL)) AS torn
FROM events e WHERE e.workspace_id = $1 AND e.seq > $2
