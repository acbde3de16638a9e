-- What: makes the members of a segment those of its filter and notes each person (of companies: each company) that came or went, in one statement.
-- {unit} is what crosses: the person behind a record, or the record. {among} narrows it to records that changed, or to a range of ids.
-- OFFSET 0 has what crosses looked up one by one: joined as a whole, all members would be read for a few who came.
-- Cost: one pass over what the filter reads, one index probe a member, a few a crossing. Index: segment_members primary key.
WITH matching AS MATERIALIZED (
  SELECT t.id FROM {table} t WHERE {where}{among_t}
), gone AS (
  DELETE FROM segment_members m WHERE m.workspace_id = $1 AND m.segment_id = {segment}{among_m} AND NOT EXISTS (SELECT 1 FROM matching x WHERE x.id = m.record_id)
  RETURNING m.record_id
), came AS (
  INSERT INTO segment_members (workspace_id, segment_id, record_id, entered_at)
  SELECT $1, {segment}, x.id, {now} FROM matching x
  WHERE NOT EXISTS (SELECT 1 FROM segment_members m WHERE m.workspace_id = $1 AND m.segment_id = {segment} AND m.record_id = x.id)
  ON CONFLICT DO NOTHING
  RETURNING record_id
), entered AS (
  SELECT DISTINCT ON (u.{unit}) u.{unit} AS unit, c.record_id FROM came c JOIN {table} u ON u.workspace_id = $1 AND u.id = c.record_id
  WHERE {loud} AND NOT EXISTS (
    SELECT 1 FROM {table} o JOIN segment_members m ON m.workspace_id = $1 AND m.segment_id = {segment} AND m.record_id = o.id
    WHERE o.workspace_id = $1 AND o.{unit} = u.{unit} OFFSET 0)
  ORDER BY u.{unit}, c.record_id
), departed AS (
  SELECT DISTINCT ON (u.{unit}) u.{unit} AS unit, g.record_id FROM gone g JOIN {table} u ON u.workspace_id = $1 AND u.id = g.record_id
  WHERE {loud}
    AND NOT EXISTS (SELECT 1 FROM came c JOIN {table} o ON o.workspace_id = $1 AND o.id = c.record_id WHERE o.{unit} = u.{unit})
    AND NOT EXISTS (
      SELECT 1 FROM {table} o JOIN segment_members m ON m.workspace_id = $1 AND m.segment_id = {segment} AND m.record_id = o.id
      WHERE o.workspace_id = $1 AND o.{unit} = u.{unit} AND NOT EXISTS (SELECT 1 FROM gone h WHERE h.record_id = m.record_id) OFFSET 0)
  ORDER BY u.{unit}, g.record_id
), told AS (
  INSERT INTO events (workspace_id, id, kind, noun, record_id, person_id, data, actor, credential, request_id, cause_id, hops, at)
  SELECT $1, ({stamp} || substr(gen_random_uuid()::text, 16))::uuid, x.kind, {of}, x.record_id, CASE WHEN {of} = 'Company' THEN NULL ELSE x.unit END,
    jsonb_build_object('segment_id', {segment}, 'reason', {reason}) || {hush}, {actor}, {credential}, {request}, {cause}, {hops}, {now}
  FROM (SELECT 'segment.entered' AS kind, e.unit, e.record_id FROM entered e UNION ALL SELECT 'segment.left', d.unit, d.record_id FROM departed d) x
  RETURNING 1
)
SELECT (SELECT count(*) FROM came) AS came, (SELECT count(*) FROM gone) AS gone, (SELECT count(*) FROM told) AS told
