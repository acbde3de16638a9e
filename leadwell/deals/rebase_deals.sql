-- What: base amounts of deals by the rate of the day they closed, of open ones by today's; $3 NULL: of every currency. Writes what differs.
-- Cost: the deals of the workspace. Index: deals_pkey.
UPDATE deals d SET base_minor = n.minor, base_currency = CASE WHEN n.minor IS NOT NULL THEN $2 END
FROM (
  SELECT x.id, lw_base_minor($1, $2, x.amount_minor, x.currency, CASE WHEN x.closed_at IS NULL THEN $4::date ELSE (x.closed_at AT TIME ZONE $5)::date END) AS minor
  FROM deals x WHERE x.workspace_id = $1 AND x.amount_minor IS NOT NULL AND ($3::text IS NULL OR x.currency = $3)
  ORDER BY x.id FOR NO KEY UPDATE
) n
WHERE d.workspace_id = $1 AND d.id = n.id AND (d.base_minor IS DISTINCT FROM n.minor OR d.base_currency IS DISTINCT FROM CASE WHEN n.minor IS NOT NULL THEN $2 END)
