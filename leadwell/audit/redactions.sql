-- What: redactions that do not agree with the event that tells of them, by the first event that lost its data. Cost: one row an event without its data.
-- Index: events_redacted, events primary key.
SELECT r.first, r.n FROM (
  SELECT e.redacted_by AS by, min(e.seq) AS first, count(*) AS n, encode(sha256(string_agg(uuid_send(e.id), ''::bytea ORDER BY e.id)), 'hex') AS ids
  FROM events e WHERE e.workspace_id = $1 AND e.redacted_by IS NOT NULL GROUP BY e.redacted_by
) r LEFT JOIN events t ON t.workspace_id = $1 AND t.id = r.by AND t.kind = 'events.redacted'
WHERE t.id IS NULL OR (t.data ->> 'count')::bigint IS DISTINCT FROM r.n OR (t.data ->> 'ids') IS DISTINCT FROM r.ids ORDER BY r.first LIMIT 1
