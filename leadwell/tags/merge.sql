-- What: gives every record of the tag $2 the tag $3 instead. Cost: two rows a record. Index: taggings_tag, taggings_pkey.
WITH gone AS (
  DELETE FROM taggings g WHERE g.workspace_id = $1 AND g.tag_id = $2 RETURNING g.record_id, g.noun, g.created_at
), put AS (
  INSERT INTO taggings (workspace_id, record_id, tag_id, noun, created_at)
  SELECT $1, x.record_id, $3, x.noun, x.created_at FROM gone x ORDER BY x.record_id ON CONFLICT DO NOTHING
)
SELECT x.record_id FROM gone x
