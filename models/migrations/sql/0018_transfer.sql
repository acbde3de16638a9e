-- Imports and exports: what an import changed, what its revert left alone, files on their way in and out.
CREATE TABLE import_changes (                 -- what a run of an import made and changed, packed: what its revert works from
  workspace_id uuid NOT NULL,
  import_id uuid NOT NULL,
  run int NOT NULL,
  first_row bigint NOT NULL,
  packed bytea NOT NULL,                      -- zlib over JSON: [[row, action, noun, id, {field: [before, after]}], ...]
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, import_id, run, first_row),
  FOREIGN KEY (workspace_id, import_id) REFERENCES imports (workspace_id, id) ON DELETE CASCADE
);
ALTER TABLE import_changes ALTER COLUMN packed SET STORAGE EXTERNAL;
CREATE TABLE import_left (                    -- what the revert of an import left as it is, and why
  workspace_id uuid NOT NULL,
  import_id uuid NOT NULL,
  noun text NOT NULL,
  record_id uuid NOT NULL,
  field text NOT NULL DEFAULT '',
  reason text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, import_id, noun, record_id, field),
  FOREIGN KEY (workspace_id, import_id) REFERENCES imports (workspace_id, id) ON DELETE CASCADE
);
CREATE TABLE import_mentions (                -- whom the faults of an import name, or its preview (row 0), for an erasure to find: keyed digests of addresses and numbers
  workspace_id uuid NOT NULL,
  digest bytea NOT NULL,
  import_id uuid NOT NULL,
  row_number bigint NOT NULL,
  PRIMARY KEY (workspace_id, digest, import_id, row_number),
  FOREIGN KEY (workspace_id, import_id) REFERENCES imports (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX import_mentions_import ON import_mentions (workspace_id, import_id);
CREATE TABLE transfer_parts (                 -- the bytes of an upload or an export, in order
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  holder_id uuid NOT NULL,                    -- the upload or export
  position bigint NOT NULL,                   -- bytes before this part
  bytes bytea NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, holder_id, position)
);
ALTER TABLE transfer_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE TABLE uploads (                        -- a file on its way in; kept until its rows are
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  size bigint NOT NULL DEFAULT 0,             -- bytes that are here
  whole boolean NOT NULL DEFAULT false,
  digest text,                                -- sha256 of the last part and the digest before it
  credential text NOT NULL,                   -- who sends it; nobody else can use it
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX uploads_created ON uploads (workspace_id, created_at);
CREATE TABLE exports (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  noun text NOT NULL,
  name text NOT NULL,
  format text NOT NULL CHECK (format IN ('CSV', 'JSONL')),
  columns jsonb NOT NULL,                     -- paths of fields, in order
  filter jsonb NOT NULL DEFAULT '{}',
  credential text NOT NULL,                   -- whose rights decide which rows and fields there are
  state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'DONE', 'FAILED', 'CANCELED')),
  done_rows bigint NOT NULL DEFAULT 0,
  total_rows bigint,
  size bigint NOT NULL DEFAULT 0,
  last_id uuid,                               -- every record up to it is in the parts
  error text,
  user_id uuid,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
);
CREATE INDEX exports_created ON exports (workspace_id, created_at DESC, id DESC);
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['import_changes', 'import_left', 'import_mentions', 'transfer_parts', 'uploads', 'exports'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
