-- What other systems tell of people: each event of a feed once. Its content is kept only while nobody is known whom it is about.
ALTER TABLE feeds ADD COLUMN strangers text NOT NULL DEFAULT 'KEEP' CHECK (strangers IN ('KEEP', 'CREATE_LEAD'));
CREATE TABLE happenings (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  feed_id uuid NOT NULL,
  external_id text NOT NULL,                  -- the other system's
  type text NOT NULL,
  digest text NOT NULL,                       -- of the content: the same id with another one is refused
  state text NOT NULL DEFAULT 'TAKEN' CHECK (state IN ('TAKEN', 'WAITING', 'IGNORED')),
  outcome jsonb NOT NULL DEFAULT '{}',        -- what it is answered again
  body jsonb,                                 -- while it waits
  kinds text[] NOT NULL DEFAULT '{}',         -- of person_keys that it waits for, and their keys
  keys text[] NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, feed_id) REFERENCES feeds (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX happenings_once ON happenings (workspace_id, feed_id, external_id);
CREATE INDEX happenings_waiting ON happenings (workspace_id, id) WHERE state = 'WAITING';
CREATE INDEX happenings_made ON happenings (workspace_id, created_at);
DO $$
DECLARE
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  ALTER TABLE happenings ENABLE ROW LEVEL SECURITY;
  ALTER TABLE happenings FORCE ROW LEVEL SECURITY;
  CREATE POLICY owner ON happenings TO lw_owner USING (true) WITH CHECK (true);
  CREATE POLICY definers ON happenings FOR SELECT TO lw_search, lw_scheduler USING (true);
  EXECUTE format('CREATE POLICY tenant ON happenings TO lw_app USING (%s) WITH CHECK (%s)', mine, mine);
  GRANT SELECT, INSERT, UPDATE, DELETE ON happenings TO lw_app;
END $$;
