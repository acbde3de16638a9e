-- What: the newest activities of everybody and every record concerned, of any kind, or of kinds that come so often that they are soon found. Cost: a probe for
-- each of them, then a page's rows of those whose newest entries can stand on the page: the page's first N entries are all newer than the N-th newest of
-- everybody's newest. Index: activity_participants_person, activity_links_record (both hold the kind, so that a kind is filtered in the index).
, newest_of_people AS (
  SELECT s.id, s.until, h.at, dense_rank() OVER (ORDER BY h.at DESC, h.activity_id DESC) AS place
  FROM subject s CROSS JOIN LATERAL (
    SELECT p.at, p.activity_id FROM activity_participants p
    WHERE p.workspace_id = $1 AND p.person_id = s.id AND p.at >= {since} AND p.at < {until} AND p.at < s.until AND (p.at, p.activity_id) < ({at}, {entry})
      AND ({kinds} IS NULL OR p.kind = ANY({kinds})){see_participant}
    ORDER BY p.at DESC, p.activity_id DESC LIMIT 1) h
  WHERE s.part = 'PERSON'
), horizon_of_people AS MATERIALIZED (
  SELECT CASE WHEN max(n.place) >= {size} THEN min(n.at) ELSE '-infinity' END AS at FROM newest_of_people n WHERE n.place <= {size}
), newest_of_records AS (
  SELECT s.id, h.at, dense_rank() OVER (ORDER BY h.at DESC, h.activity_id DESC) AS place
  FROM subject s CROSS JOIN LATERAL (
    SELECT p.at, p.activity_id FROM activity_links p
    WHERE p.workspace_id = $1 AND p.record_id = s.id AND p.at >= {since} AND p.at < {until} AND (p.at, p.activity_id) < ({at}, {entry})
      AND ({kinds} IS NULL OR p.kind = ANY({kinds})){see_participant}
    ORDER BY p.at DESC, p.activity_id DESC LIMIT 1) h
  WHERE s.part = 'RECORD'
), horizon_of_records AS MATERIALIZED (
  SELECT CASE WHEN max(n.place) >= {size} THEN min(n.at) ELSE '-infinity' END AS at FROM newest_of_records n WHERE n.place <= {size}
), happened AS (
  SELECT q.at, q.activity_id AS id FROM newest_of_people s CROSS JOIN LATERAL (
    SELECT p.at, p.activity_id FROM activity_participants p
    WHERE p.workspace_id = $1 AND p.person_id = s.id AND p.at >= {since} AND p.at < {until}
      AND p.at >= (SELECT z.at FROM horizon_of_people z) AND p.at < s.until AND (p.at, p.activity_id) < ({at}, {entry})
      AND ({kinds} IS NULL OR p.kind = ANY({kinds})){see_participant}
    ORDER BY p.at DESC, p.activity_id DESC LIMIT {size}) q
  WHERE s.place <= {size}
  UNION
  SELECT q.at, q.activity_id FROM newest_of_records s CROSS JOIN LATERAL (
    SELECT p.at, p.activity_id FROM activity_links p
    WHERE p.workspace_id = $1 AND p.record_id = s.id AND p.at >= {since} AND p.at < {until}
      AND p.at >= (SELECT z.at FROM horizon_of_records z) AND (p.at, p.activity_id) < ({at}, {entry})
      AND ({kinds} IS NULL OR p.kind = ANY({kinds})){see_participant}
    ORDER BY p.at DESC, p.activity_id DESC LIMIT {size}) q
  WHERE s.place <= {size}
)
