-- What: makes sources, in one order; returns those that are new. Cost: one row each. Index: sources unique name.
INSERT INTO sources (workspace_id, id, name, channel, created_at, updated_at)
SELECT $1, x.id, x.name, x.channel, $5, $5 FROM unnest($2::uuid[], $3::text[], $4::text[]) AS x (id, name, channel) ORDER BY x.name
ON CONFLICT (workspace_id, name) DO NOTHING
RETURNING id, name
