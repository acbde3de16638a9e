-- Automation: rules with versions that act on what happens, and what each of them did.
CREATE TABLE automations (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'LIVE', 'PAUSED')),
  live_version_id uuid,
  cursor_at timestamptz,                      -- of a rule on a date: dates up to then were looked at
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX automations_name ON automations (workspace_id, lower(name));
CREATE TABLE automation_versions (            -- frozen once live
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  automation_id uuid NOT NULL,
  number int NOT NULL,
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'LIVE', 'RETIRED')),
  rule jsonb NOT NULL,                        -- leadwell/automation/rules.py
  credential text,                            -- "USER:<id>", "KEY:<id>": who brought it into use, with whose rights of that day it acts; NULL: the system's
  created_at timestamptz NOT NULL,
  published_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, automation_id, number),
  FOREIGN KEY (workspace_id, automation_id) REFERENCES automations (workspace_id, id) ON DELETE CASCADE
);
CREATE TABLE automation_runs (                -- once for each record and occasion
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  automation_id uuid NOT NULL,
  version_id uuid NOT NULL,
  noun text NOT NULL,
  record_id uuid NOT NULL,
  occasion text NOT NULL,                     -- the id of the event, or the date that was reached
  hops int NOT NULL DEFAULT 0,                -- how many automations led to it
  results jsonb NOT NULL DEFAULT '[]',        -- [{"action", "done", "message"}]
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, automation_id, record_id, occasion),
  FOREIGN KEY (workspace_id, automation_id) REFERENCES automations (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, version_id) REFERENCES automation_versions (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX automation_runs_at ON automation_runs (workspace_id, automation_id, at DESC, id DESC);
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['automations', 'automation_versions', 'automation_runs'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
