-- Audit: every numbered event carries a digest, seals chain the digests, and one function takes the words out of an event without breaking the chain.
ALTER TABLE events ADD COLUMN salt bytea;          -- 16 random bytes, given with the number; they go with the data, so that nobody can guess it from the digest
ALTER TABLE events ADD COLUMN digest bytea;        -- lw_event_digest, given with the number, and never changed
ALTER TABLE events ADD COLUMN data_hash bytea;     -- of an event without its data: what stands for it in the digest
ALTER TABLE events ADD COLUMN redacted_by uuid;    -- the event that tells of the redaction
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX events_redacted ON events (workspace_id, redacted_by) WHERE redacted_by IS NOT NULL;
-- What stands for the data of an event in its digest. Neither function may pin its search path: only then does PostgreSQL inline them.
CREATE FUNCTION lw_data_hash(p_salt bytea, p_data jsonb) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT sha256(p_salt || convert_to(p_data::text, 'UTF8'))
$$;
-- Everything else that an event says, and that hash; times as microseconds, so that no setting of a session changes it.
CREATE FUNCTION lw_event_digest(e events, p_seq bigint, p_data_hash bytea) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT sha256(p_data_hash || convert_to(jsonb_build_array((e).workspace_id, (e).id, p_seq, (e).kind, (e).noun, (e).record_id, (e).person_id, (e).version,
    (e).actor, (e).credential, (e).request_id, (e).cause_id, (e).hops, (extract(epoch FROM (e).at) * 1000000)::bigint)::text, 'UTF8'))
$$;
CREATE TABLE audit_seals (                         -- a link of the chain: written once
  workspace_id uuid NOT NULL,
  number bigint NOT NULL,                          -- 1, 2, 3, ...
  from_seq bigint NOT NULL,
  to_seq bigint NOT NULL CHECK (to_seq >= from_seq),
  root bytea NOT NULL,                             -- sha256 of the root before, both numbers, and the digests in order
  mark bytea NOT NULL,                             -- of workspace, number and root, made with a key that the database does not have
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, number)
);
CREATE TABLE audit_heads (                         -- the last seal: the fence of whoever seals, and what misses a seal that is gone
  workspace_id uuid PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
  number bigint NOT NULL DEFAULT 0,
  seq bigint NOT NULL DEFAULT 0,                   -- sealed up to here
  root bytea,
  mark bytea,
  verified_at timestamptz                          -- when somebody last found the whole chain to hold: a reminder, no proof
);
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['audit_seals', 'audit_heads'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
  END LOOP;
  -- An event is inserted without a number; nobody changes it but the two functions below.
  DROP POLICY tenant ON events;
  EXECUTE format('CREATE POLICY tenant_read ON events FOR SELECT TO lw_app USING (%s)', mine);
  EXECUTE format('CREATE POLICY tenant_note ON events FOR INSERT TO lw_app WITH CHECK (%s AND seq IS NULL AND digest IS NULL AND redacted_by IS NULL)', mine);
END $$;
GRANT SELECT, INSERT ON audit_seals TO lw_app;
GRANT SELECT, INSERT, UPDATE ON audit_heads TO lw_app;
REVOKE UPDATE (seq), UPDATE, DELETE ON events FROM lw_app;
-- Numbers a batch of one workspace's events in id order, gives them the digests that seals are made of, and returns how many. The row of the cursor is the
-- fence: every statement here sees what was committed before it began, so whoever waited for the row sees each number given before.
-- Nested loops are off: a table whose statistics say that nothing waits would be joined row by row with thousands that do.
CREATE FUNCTION lw_number_events(p_workspace uuid, p_limit int) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public SET enable_nestloop = off AS $$
DECLARE
  last bigint;
  given int;
BEGIN
  SELECT c.last_seq INTO last FROM event_cursors c WHERE c.workspace_id = p_workspace FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO event_cursors (workspace_id) VALUES (p_workspace) ON CONFLICT DO NOTHING;
    SELECT c.last_seq INTO last FROM event_cursors c WHERE c.workspace_id = p_workspace FOR UPDATE;
  END IF;
  WITH fresh AS MATERIALIZED (
    SELECT e.id, row_number() OVER (ORDER BY e.id) AS n, uuid_send(gen_random_uuid()) AS salt
    FROM (SELECT u.id FROM events u WHERE u.workspace_id = p_workspace AND u.seq IS NULL ORDER BY u.id LIMIT p_limit) e
  ), numbered AS (
    UPDATE events t SET seq = last + f.n, salt = f.salt, digest = lw_event_digest(t, last + f.n, lw_data_hash(f.salt, t.data))
    FROM fresh f WHERE t.workspace_id = p_workspace AND t.seq IS NULL AND t.id = f.id AND t.id <= (SELECT x.id FROM fresh x ORDER BY x.id DESC LIMIT 1)
    RETURNING 1
  )
  SELECT count(*) INTO given FROM numbered;
  UPDATE event_cursors c SET last_seq = last + given WHERE c.workspace_id = p_workspace AND given > 0;
  RETURN given;
END
$$;
-- The same for every workspace where something waits, always in one order, and puts the work of reacting to it (see leadwell/work/put.sql): one commit for
-- all. Of those that rest it only says that something waits (given 0).
CREATE FUNCTION lw_number_all(p_each int, p_resting uuid[]) RETURNS TABLE (workspace uuid, given int)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  FOR workspace IN SELECT w FROM lw_unsequenced(1000) w ORDER BY w LOOP
    given := 0;
    IF workspace = ANY (p_resting) THEN
      RETURN NEXT;
      CONTINUE;
    END IF;
    given := lw_number_events(workspace, p_each);
    CONTINUE WHEN given = 0;
    INSERT INTO work AS w (workspace_id, id, queue, kind, key, payload, run_at, created_at)
    VALUES (workspace, gen_random_uuid(), 'upkeep', 'upkeep.react', 'react', '{}', lw_clock(workspace), clock_timestamp())
    ON CONFLICT (workspace_id, kind, key) WHERE state = 'READY' AND key IS NOT NULL DO UPDATE SET run_at = least(w.run_at, EXCLUDED.run_at);
    RETURN NEXT;
  END LOOP;
END
$$;
-- Takes the data out of numbered events, which keep their digests, and names the event that tells of it; answers the ids of those that had any.
-- Events that a durable reader has still to read are left alone.
CREATE FUNCTION lw_redact_events(p_workspace uuid, p_ids uuid[], p_by uuid) RETURNS SETOF uuid
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE events e SET data_hash = lw_data_hash(e.salt, e.data), salt = NULL, data = '{}', redacted_by = p_by
  WHERE e.workspace_id = p_workspace AND e.id = ANY (p_ids) AND e.salt IS NOT NULL AND e.seq IS NOT NULL
    AND e.seq <= (SELECT coalesce(min(r.seq), 0) FROM event_readers r WHERE r.workspace_id = p_workspace)
    AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
  RETURNING e.id
$$;
