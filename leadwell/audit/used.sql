-- What: secrets of keys that were used, of which no event says so yet. Cost: a probe a secret. Index: events_record.
SELECT k.id, s.prefix, s.used_at FROM lw_keys($1) k CROSS JOIN jsonb_to_recordset(k.secrets) AS s (prefix text, used_at timestamptz)
WHERE s.used_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM events e WHERE e.workspace_id = $1 AND e.record_id = k.id AND e.kind = 'apiKey.used' AND e.data ->> 'prefix' = s.prefix)
