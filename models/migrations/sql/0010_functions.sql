-- The few doors into control tables and across workspaces. SECURITY DEFINER with a fixed search_path; each answers one question.

-- What a workspace is: everything a door or worker needs to know before it opens a transaction.
CREATE FUNCTION lw_workspace(p_workspace uuid) RETURNS workspaces
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT w FROM workspaces w WHERE w.id = p_workspace
$$;

-- The workspace that a transaction is in, for statements that ask with every write: a read costs a third of a call.
CREATE VIEW lw_here WITH (security_barrier = true) AS
  SELECT w.currency, w.time_zone, w.country, w.settings, coalesce(w.clock_at, clock_timestamp()) AS now
  FROM workspaces w WHERE w.id = nullif(current_setting('app.workspace', true), '')::uuid;
GRANT SELECT ON lw_here TO lw_app;

-- The business clock of a workspace.
CREATE FUNCTION lw_clock(p_workspace uuid) RETURNS timestamptz
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT coalesce(w.clock_at, clock_timestamp()) FROM workspaces w WHERE w.id = p_workspace
$$;

-- Moves a sandbox's clock; never backwards, never a live workspace's. NULL: refused.
CREATE FUNCTION lw_set_clock(p_workspace uuid, p_at timestamptz) RETURNS timestamptz
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE workspaces SET clock_at = p_at
  WHERE id = p_workspace AND kind = 'SANDBOX' AND (clock_at IS NULL OR clock_at <= p_at) RETURNING clock_at
$$;

-- Writes what a workspace chose, if it still is as the caller read it; only from inside that workspace. NULL: somebody was faster.
CREATE FUNCTION lw_set_settings(p_workspace uuid, p_version int, p_settings jsonb) RETURNS int
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE workspaces SET settings = p_settings, version = version + 1
  WHERE id = p_workspace AND version = p_version AND id = nullif(current_setting('app.workspace', true), '')::uuid RETURNING version
$$;

CREATE FUNCTION lw_create_workspace(p_id uuid, p_slug text, p_name text, p_kind text, p_time_zone text, p_currency text, p_epoch text) RETURNS uuid
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO workspaces (id, slug, name, kind, time_zone, currency, outbound_epoch, created_at)
  VALUES (p_id, p_slug, p_name, p_kind, p_time_zone, p_currency, p_epoch, clock_timestamp())
  ON CONFLICT (slug) DO NOTHING RETURNING id
$$;

CREATE FUNCTION lw_workspace_by_slug(p_slug text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT id FROM workspaces WHERE slug = p_slug
$$;

CREATE FUNCTION lw_workspaces() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT id FROM workspaces WHERE archived_at IS NULL ORDER BY id
$$;

-- Which workspaces have due or abandoned work in a queue, prompt before bulk, oldest first. Skip scan over work_ready: one probe a
-- workspace and priority, never a row scan.
CREATE FUNCTION lw_due(p_queue text, p_limit int) RETURNS TABLE (workspace_id uuid, priority smallint, due_at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH RECURSIVE heads AS (
    (SELECT w.workspace_id, w.priority, w.run_at FROM work w
      WHERE w.queue = p_queue AND w.state = 'READY' ORDER BY w.workspace_id, w.priority, w.run_at LIMIT 1)
    UNION ALL
    SELECT n.workspace_id, n.priority, n.run_at FROM heads h, LATERAL (
      SELECT w.workspace_id, w.priority, w.run_at FROM work w
      WHERE w.queue = p_queue AND w.state = 'READY' AND (w.workspace_id, w.priority) > (h.workspace_id, h.priority)
      ORDER BY w.workspace_id, w.priority, w.run_at LIMIT 1) n
  ), due AS (
    SELECT h.workspace_id, h.priority, h.run_at FROM heads h
    UNION ALL
    SELECT w.workspace_id, w.priority, w.run_at FROM work w WHERE w.state = 'RUNNING' AND w.lease_until < clock_timestamp() AND w.queue = p_queue
  )
  SELECT d.workspace_id, d.priority, min(d.run_at) FROM due d JOIN workspaces s ON s.id = d.workspace_id
  WHERE d.run_at <= coalesce(s.clock_at, clock_timestamp()) AND s.archived_at IS NULL
  GROUP BY d.workspace_id, d.priority ORDER BY d.priority, min(d.run_at) LIMIT p_limit
$$;

-- Which workspaces have events without a number. Skip scan over events_unsequenced.
CREATE FUNCTION lw_unsequenced(p_limit int) RETURNS SETOF uuid
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH RECURSIVE heads AS (
    (SELECT e.workspace_id FROM events e WHERE e.seq IS NULL ORDER BY e.workspace_id LIMIT 1)
    UNION ALL
    SELECT n.workspace_id FROM heads h, LATERAL (
      SELECT e.workspace_id FROM events e WHERE e.seq IS NULL AND e.workspace_id > h.workspace_id ORDER BY e.workspace_id LIMIT 1) n
  )
  SELECT workspace_id FROM heads LIMIT p_limit
$$;

-- Due, running and dead rows of every queue: the depth gauges.
CREATE FUNCTION lw_queue_depths() RETURNS TABLE (queue text, state text, n bigint, oldest timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT w.queue, w.state, count(*), min(w.run_at) FROM work w GROUP BY w.queue, w.state
$$;
-- A new owner must be able to create in the schema at the moment of the change, and only then.
GRANT CREATE ON SCHEMA public TO lw_scheduler;
ALTER FUNCTION lw_due(text, int) OWNER TO lw_scheduler;
ALTER FUNCTION lw_unsequenced(int) OWNER TO lw_scheduler;
ALTER FUNCTION lw_queue_depths() OWNER TO lw_scheduler;
REVOKE CREATE ON SCHEMA public FROM lw_scheduler;

-- A worker says that it lives.
CREATE FUNCTION lw_beat(p_worker uuid, p_host text, p_pid int, p_version text, p_tally jsonb DEFAULT '{}') RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO worker_beats AS b (worker_id, host, pid, version, started_at, seen_at, tally)
  VALUES (p_worker, p_host, p_pid, p_version, clock_timestamp(), clock_timestamp(), p_tally)
  ON CONFLICT (worker_id) DO UPDATE SET seen_at = EXCLUDED.seen_at, tally = EXCLUDED.tally
$$;
CREATE FUNCTION lw_beats() RETURNS SETOF worker_beats
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT b.* FROM worker_beats b WHERE b.seen_at > clock_timestamp() - interval '1 day' ORDER BY b.seen_at DESC
$$;

-- Makes sure that the partitions of this month and the next p_months exist: of activities a year each, because whatever looks one up opens all of them.
-- uuid7 ids begin with 48 bits of milliseconds.
CREATE FUNCTION lw_make_partitions(p_months int) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  m timestamptz; y timestamptz; made int := 0; name text; low uuid; high uuid;
BEGIN
  FOR i IN 0 .. p_months LOOP
    m := date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + make_interval(months => i);
    y := date_trunc('year', m AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    low := (lpad(to_hex((extract(epoch FROM y) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
    high := (lpad(to_hex((extract(epoch FROM (y AT TIME ZONE 'UTC' + interval '1 year') AT TIME ZONE 'UTC') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
    name := 'activities_' || to_char(y AT TIME ZONE 'UTC', 'YYYY');
    IF to_regclass('public.' || name) IS NULL THEN
      EXECUTE format('CREATE TABLE public.%I PARTITION OF public.activities FOR VALUES FROM (%L) TO (%L)', name, low, high);
      made := made + 1;
    END IF;
    name := 'work_history_' || to_char(m AT TIME ZONE 'UTC', 'YYYY_MM');
    IF to_regclass('public.' || name) IS NULL THEN
      EXECUTE format('CREATE TABLE public.%I PARTITION OF public.work_history FOR VALUES FROM (%L) TO (%L)', name, m, m + interval '1 month');
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$;
SELECT lw_make_partitions(2);
