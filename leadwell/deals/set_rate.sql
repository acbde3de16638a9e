-- What: keeps a rate, or corrects that of the same day. Cost: one row. Index: exchange_rates unique.
INSERT INTO exchange_rates AS r (workspace_id, id, currency, base, from_on, rate, factor, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
ON CONFLICT (workspace_id, base, currency, from_on) DO UPDATE
SET rate = EXCLUDED.rate, factor = EXCLUDED.factor, archived_at = NULL, version = r.version + 1, updated_at = EXCLUDED.updated_at
RETURNING id, version
