-- Changes of many records at once, each record's result with what a revert works from; views that people save.
CREATE TABLE change_sets (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  noun text NOT NULL,
  action text NOT NULL CHECK (action IN ('REASSIGN', 'JUNK', 'REOPEN', 'TAG', 'UNTAG', 'ENROLL', 'ENRICH', 'UPDATE', 'ARCHIVE')),
  filter jsonb NOT NULL DEFAULT '{}',         -- must still match when a record's turn comes
  options jsonb NOT NULL DEFAULT '{}',        -- what the action needs: owner_id, reason, tags, sequence_id, set
  transfer_id uuid,                           -- sets made by one transfer of ownership
  credential text NOT NULL,                   -- whose rights of the moment decide
  user_id uuid,
  reverted_by text,                           -- the credential that asked to take it back
  quiet boolean NOT NULL DEFAULT false,
  state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'DONE', 'CANCELED', 'FAILED', 'REVERTING', 'REVERTED')),
  total_rows int NOT NULL,
  done_rows int NOT NULL DEFAULT 0,
  changed_count int NOT NULL DEFAULT 0,
  unchanged_count int NOT NULL DEFAULT 0,
  refused_count int NOT NULL DEFAULT 0,
  reverted_count int NOT NULL DEFAULT 0,
  left_count int NOT NULL DEFAULT 0,
  error text,
  finished_at timestamptz,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
);
CREATE INDEX change_sets_created ON change_sets (workspace_id, created_at DESC, id DESC);
CREATE INDEX change_sets_user ON change_sets (workspace_id, user_id) WHERE user_id IS NOT NULL;
CREATE TABLE change_rows (                    -- one record of a change set: chosen when it was asked for
  workspace_id uuid NOT NULL,
  change_set_id uuid NOT NULL,
  record_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'CHANGED', 'UNCHANGED', 'REFUSED', 'REVERTED', 'LEFT')),
  code text,
  message text,
  changes jsonb NOT NULL DEFAULT '{}',        -- {field: [before, after]}
  PRIMARY KEY (workspace_id, change_set_id, record_id),
  FOREIGN KEY (workspace_id, change_set_id) REFERENCES change_sets (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX change_rows_state ON change_rows (workspace_id, change_set_id, state, record_id);
CREATE TABLE views (                          -- a filter, an order and columns under a name
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  noun text NOT NULL,
  name text NOT NULL,
  filter jsonb NOT NULL DEFAULT '{}',
  sort jsonb NOT NULL DEFAULT '[]',
  columns jsonb NOT NULL DEFAULT '[]',
  shared text NOT NULL DEFAULT 'PRIVATE' CHECK (shared IN ('PRIVATE', 'TEAM', 'EVERYBODY')),
  credential text NOT NULL,                   -- whose it is
  team_id uuid,                               -- of its owner, when it was shared
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, team_id) REFERENCES teams (workspace_id, id)
);
CREATE INDEX views_noun ON views (workspace_id, noun, name);
CREATE INDEX views_team ON views (workspace_id, team_id) WHERE team_id IS NOT NULL;
CREATE UNIQUE INDEX views_name ON views (workspace_id, credential, noun, lower(name)) WHERE archived_at IS NULL;
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['change_sets', 'change_rows', 'views'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
