-- Sequences: people on their way from one version of a sequence to the next, a batch at a time.
CREATE TABLE sequence_migrations (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  sequence_id uuid NOT NULL,
  version_id uuid NOT NULL,                   -- where they go
  from_ids uuid[] NOT NULL,                   -- the versions they come from
  plan jsonb NOT NULL,                        -- [{"step", "action": "STAY"|"MOVE"|"RESTART"|"EXIT", "to"}]; steps that are not named stay
  ramp_per_hour int CHECK (ramp_per_hour > 0), -- how many of those due at once are let go an hour
  state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'DONE')),
  reached uuid,                               -- the person up to whom it has come
  moved int NOT NULL DEFAULT 0,
  released int NOT NULL DEFAULT 0,            -- of them due at once, so far
  created_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, sequence_id) REFERENCES sequences (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, version_id) REFERENCES sequence_versions (workspace_id, id)
);
CREATE INDEX sequence_migrations_running ON sequence_migrations (workspace_id, sequence_id) WHERE state = 'RUNNING';
DO $$
DECLARE
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  ALTER TABLE sequence_migrations ENABLE ROW LEVEL SECURITY;
  ALTER TABLE sequence_migrations FORCE ROW LEVEL SECURITY;
  CREATE POLICY owner ON sequence_migrations TO lw_owner USING (true) WITH CHECK (true);
  CREATE POLICY definers ON sequence_migrations FOR SELECT TO lw_search, lw_scheduler USING (true);
  EXECUTE format('CREATE POLICY tenant ON sequence_migrations TO lw_app USING (%s) WITH CHECK (%s)', mine, mine);
  GRANT SELECT, INSERT, UPDATE, DELETE ON sequence_migrations TO lw_app;
END $$;
