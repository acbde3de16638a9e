-- What: what became of a broadcast, by variant (NULL: none yet). Cost: its recipients, two probes each. Index: broadcast_recipients primary key, sends primary key.
SELECT x.variant, sum(x.n)::int AS recipients, coalesce(sum(x.n) FILTER (WHERE x.state IN ('WAITING', 'PLANNED', 'SENDING', 'DEFERRED')), 0)::int AS waiting,
  coalesce(sum(x.n) FILTER (WHERE x.state NOT IN ('WAITING', 'PLANNED', 'SENDING', 'DEFERRED')), 0)::int AS done,
  coalesce(sum(x.n) FILTER (WHERE x.state = 'SENT'), 0)::int AS sent, coalesce(sum(x.n) FILTER (WHERE x.state = 'AMBIGUOUS'), 0)::int AS ambiguous,
  coalesce(sum(x.opened), 0)::int AS opened, coalesce(sum(x.clicked), 0)::int AS clicked, coalesce(sum(x.replied), 0)::int AS replied,
  coalesce(sum(x.bounced), 0)::int AS bounced, coalesce(sum(x.complained), 0)::int AS complained, coalesce(sum(x.unsubscribed), 0)::int AS unsubscribed,
  jsonb_object_agg(x.reason, x.n) FILTER (WHERE x.reason IS NOT NULL AND x.state IN ('HELD', 'SKIPPED', 'REJECTED')) AS held
FROM (
  SELECT r.variant, coalesce(s.state, r.state) AS state, coalesce(s.reason, r.reason) AS reason, count(*) AS n, count(s.opened_at) AS opened,
    count(s.clicked_at) AS clicked, count(s.replied_at) AS replied, count(s.bounced_at) AS bounced, count(s.complained_at) AS complained,
    count(*) FILTER (WHERE EXISTS (
      SELECT 1 FROM suppressions u WHERE u.workspace_id = $1 AND u.address_hash = r.address_hash AND u.send_id = r.send_id AND u.kind = 'UNSUBSCRIBE')) AS unsubscribed
  FROM broadcast_recipients r LEFT JOIN sends s ON s.workspace_id = $1 AND s.id = r.send_id
  WHERE r.workspace_id = $1 AND r.broadcast_id = $2
  GROUP BY r.variant, coalesce(s.state, r.state), coalesce(s.reason, r.reason)
) x GROUP BY x.variant ORDER BY x.variant
