-- What: base amounts of purchases by the rate of their day; $3 NULL: of every currency. Writes what differs. Cost: the purchases of the workspace.
-- Index: purchases_pkey.
UPDATE purchases d SET base_minor = n.minor, base_currency = CASE WHEN n.minor IS NOT NULL THEN $2 END
FROM (
  SELECT x.id, lw_base_minor($1, $2, x.amount_minor, x.currency, (x.at AT TIME ZONE $4)::date) AS minor
  FROM purchases x WHERE x.workspace_id = $1 AND ($3::text IS NULL OR x.currency = $3) ORDER BY x.id FOR NO KEY UPDATE
) n
WHERE d.workspace_id = $1 AND d.id = n.id AND (d.base_minor IS DISTINCT FROM n.minor OR d.base_currency IS DISTINCT FROM CASE WHEN n.minor IS NOT NULL THEN $2 END)
