-- What: how fast first answers came to people who asked between $2 and $3, in groups ({group} is SQL for the key), and how many still wait or were answered too
-- late. $4: only those of these owners; NULL: of all. Cost: the clocks of the period. Index: response_clocks_raised.
SELECT g.key, count(*) AS asked, count(*) FILTER (WHERE g.state = 'MET') AS answered, count(*) FILTER (WHERE g.state = 'RUNNING') AS waiting,
  count(*) FILTER (WHERE g.breached) AS overdue,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY g.waited_seconds) FILTER (WHERE g.state = 'MET') AS p50_s,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY g.waited_seconds) FILTER (WHERE g.state = 'MET') AS p90_s,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY g.business_seconds) FILTER (WHERE g.state = 'MET') AS business_p50_s,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY g.business_seconds) FILTER (WHERE g.state = 'MET') AS business_p90_s
FROM (
  SELECT DISTINCT ON (coalesce(c.lead_id, c.contact_id), c.raised_at) {group} AS key, c.state, c.waited_seconds, c.business_seconds,
    bool_or(c.breached_at IS NOT NULL OR c.met_at > c.due_at) OVER (PARTITION BY coalesce(c.lead_id, c.contact_id), c.raised_at) AS breached
  FROM response_clocks c
  LEFT JOIN leads l ON l.workspace_id = $1 AND l.id = c.lead_id
  LEFT JOIN contacts k ON k.workspace_id = $1 AND k.id = c.contact_id
  WHERE c.workspace_id = $1 AND c.kind = 'FIRST' AND c.raised_at >= $2 AND c.raised_at < $3
  AND ($4::uuid[] IS NULL OR coalesce(l.owner_id, k.owner_id) = ANY ($4))
  ORDER BY coalesce(c.lead_id, c.contact_id), c.raised_at, c.started_at DESC, c.id DESC
) g GROUP BY g.key ORDER BY count(*) DESC, g.key
