-- What: credits that other questions to a provider hold; holds of workers that died are dropped. Cost: one index range. Index: primary key.
WITH dropped AS (
  DELETE FROM enrichment_holds h WHERE h.workspace_id = $1 AND h.provider_id = $2 AND h.expires_at <= clock_timestamp()
)
SELECT coalesce(sum(h.credits), 0)::int FROM enrichment_holds h
WHERE h.workspace_id = $1 AND h.provider_id = $2 AND h.key <> $3 AND h.expires_at > clock_timestamp()
