-- What: the records behind another system's ids. Cost: two probes each. Index: primary keys of external_ids and the nouns.
SELECT x.external_id, x.record_id FROM external_ids x
WHERE x.workspace_id = $1 AND x.noun = $2 AND x.source = $3 AND x.external_id = ANY($4::text[])
