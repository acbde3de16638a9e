-- What: writes bodies ($3 deliveries, $4 texts, $5 with whose rights) and drops the other deliveries of the batch ($2), which nobody wants. Cost: one write each. Index: primary key.
WITH made AS (
  UPDATE webhook_deliveries t SET body = m.body, made_for = $5 FROM unnest($3::uuid[], $4::text[]) AS m (id, body)
  WHERE t.workspace_id = $1 AND t.id = m.id AND t.body IS NULL
)
DELETE FROM webhook_deliveries t WHERE t.workspace_id = $1 AND t.id = ANY($2::uuid[]) AND NOT t.id = ANY($3::uuid[]) AND t.body IS NULL
