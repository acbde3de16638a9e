-- What: writes a purchase. Cost: one row. Index: none read.
INSERT INTO purchases (workspace_id, id, state, parked_reason, person_id, contact_id, company_id, amount_minor, currency, at, source, external_id, refund_of_id,
  base_minor, base_currency, items, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)
