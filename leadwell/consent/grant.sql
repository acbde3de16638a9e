-- What: appends acts of consent; an expiry comes from the topic. Cost: one insert an act. Index: topics primary key.
INSERT INTO consents (workspace_id, id, person_id, address_hash, topic_id, state, basis, wording_version, source, ip, evidence, at, expires_at)
SELECT $1, g.id, g.person_id, g.address_hash, g.topic_id, g.state, g.basis, g.wording_version, g.source, g.ip::inet, g.evidence, coalesce(g.at, $12::timestamptz),
  CASE WHEN g.state = 'GRANTED' THEN coalesce(g.at, $12::timestamptz) + make_interval(days => t.expires_after_days) END
FROM unnest($2::uuid[], $3::uuid[], $4::bytea[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::jsonb[], $13::timestamptz[])
  AS g (id, person_id, address_hash, topic_id, state, basis, wording_version, source, ip, evidence, at)
JOIN topics t ON t.workspace_id = $1 AND t.id = g.topic_id
