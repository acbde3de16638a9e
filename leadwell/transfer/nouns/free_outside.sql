-- What: forgets what other systems call records. Cost: one range each. Index: external_ids_record.
DELETE FROM external_ids x WHERE x.workspace_id = $1 AND x.record_id = ANY($2::uuid[])
