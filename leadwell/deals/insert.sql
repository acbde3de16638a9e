-- What: makes a deal with its first stage span, and its contacts; $19 is the workspace's currency, $20 its day. Cost: two rows and one for each contact.
-- Index: none read, but for an amount in another currency that of exchange_rates.
WITH base AS (
  SELECT CASE WHEN $8::bigint IS NULL OR $9::text = $19 THEN $8 ELSE lw_base_minor($1, $19, $8, $9, $20) END AS minor
), deal AS (
  INSERT INTO deals (workspace_id, id, name, pipeline_id, stage_id, state, company_id, owner_id, amount_minor, currency, probability, close_on, lead_id,
    source_id, campaign_id, stage_since, last_activity_at, created_at, updated_at, base_minor, base_currency)
  SELECT $1, $2, $3, $4, $5, 'OPEN', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $18, $15, $15, b.minor, CASE WHEN b.minor IS NOT NULL THEN $19 END
  FROM base b
), span AS (
  INSERT INTO deal_stage_spans (workspace_id, id, deal_id, stage_id, entered_at, actor) VALUES ($1, $16, $2, $5, $15, $17)
)
INSERT INTO deal_contacts (workspace_id, id, deal_id, contact_id, role, is_primary, created_at)
SELECT $1, c.id, $2, c.contact_id, c.role, c.is_primary, $15
FROM jsonb_to_recordset($21::jsonb) AS c (id uuid, contact_id uuid, role text, is_primary boolean)
