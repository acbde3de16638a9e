-- Sandboxes: workspaces with a clock of their own, moved by advances. Simulations: sequences rehearsed on a copy of an audience.
CREATE TABLE clock_advances (                 -- a sandbox on its way to a later time; work that falls due on the way is done in order
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  reached_at timestamptz NOT NULL,            -- where the clock stood when it was last written down
  state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'DONE', 'CANCELED', 'FAILED')),
  from_seq bigint NOT NULL,                   -- the number of the last event before it
  stops int NOT NULL DEFAULT 0,
  happened jsonb NOT NULL DEFAULT '{}',       -- {kind of event: how many}
  timeline jsonb NOT NULL DEFAULT '[]',       -- [{"at", "kind", "noun", "record", "person", "told"}], the first of them
  error text,
  finished_at timestamptz,                    -- the wall clock's time
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  CHECK (to_at >= from_at)
);
CREATE UNIQUE INDEX clock_advances_running ON clock_advances (workspace_id) WHERE state = 'RUNNING';
CREATE TABLE simulations (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  sequence_id uuid NOT NULL,
  version_id uuid NOT NULL,                   -- the version that was rehearsed
  options jsonb NOT NULL,                     -- leadwell/simulation/wish.py
  from_at timestamptz NOT NULL,
  until_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'DONE', 'CANCELED', 'FAILED')),
  total_days int NOT NULL,
  done_days int NOT NULL DEFAULT 0,
  result jsonb,                               -- leadwell/simulation/result.py
  error text,
  credential text NOT NULL,                   -- whose rights choose the audience
  user_id uuid,
  finished_at timestamptz,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, sequence_id) REFERENCES sequences (workspace_id, id),
  FOREIGN KEY (workspace_id, version_id) REFERENCES sequence_versions (workspace_id, id),
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
);
CREATE INDEX simulations_sequence ON simulations (workspace_id, sequence_id, created_at DESC);
CREATE INDEX simulations_version ON simulations (workspace_id, version_id);
CREATE INDEX simulations_user ON simulations (workspace_id, user_id) WHERE user_id IS NOT NULL;

-- A sandbox of the workspace that asks, with its zone and currency; the one of that name when it is there already. NULL: the slug is somebody else's.
CREATE FUNCTION lw_create_sandbox(p_parent uuid, p_id uuid, p_slug text, p_name text, p_at timestamptz) RETURNS uuid
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO workspaces (id, slug, name, kind, time_zone, currency, country, locale, clock_at, outbound_epoch, parent_id, created_at)
  SELECT p_id, p_slug, p_name, 'SANDBOX', w.time_zone, w.currency, w.country, w.locale, p_at, w.outbound_epoch, w.id, clock_timestamp()
  FROM workspaces w WHERE w.id = p_parent AND w.id = nullif(current_setting('app.workspace', true), '')::uuid
  ON CONFLICT (slug) DO NOTHING;
  SELECT w.id FROM workspaces w WHERE w.slug = p_slug AND w.parent_id = p_parent AND w.kind = 'SANDBOX' AND w.archived_at IS NULL
$$;
CREATE FUNCTION lw_sandboxes(p_parent uuid) RETURNS SETOF workspaces
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT w FROM workspaces w WHERE w.parent_id = p_parent AND w.archived_at IS NULL
    AND p_parent = nullif(current_setting('app.workspace', true), '')::uuid ORDER BY w.created_at, w.id
$$;
-- Puts a sandbox away: nobody gets in any more, its work rests, its name is free again.
CREATE FUNCTION lw_remove_sandbox(p_parent uuid, p_id uuid) RETURNS uuid
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH gone AS (
    UPDATE workspaces w SET archived_at = clock_timestamp(), slug = w.slug || '-' || w.id
    WHERE w.id = p_id AND w.parent_id = p_parent AND w.kind = 'SANDBOX' AND w.archived_at IS NULL
      AND p_parent = nullif(current_setting('app.workspace', true), '')::uuid RETURNING w.id
  ), keys AS (
    UPDATE api_keys k SET revoked_at = clock_timestamp() FROM gone WHERE k.workspace_id = gone.id AND k.revoked_at IS NULL
  ), out AS (
    DELETE FROM sessions s USING gone WHERE s.workspace_id = gone.id
  )
  SELECT gone.id FROM gone
$$;
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['clock_advances', 'simulations'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
