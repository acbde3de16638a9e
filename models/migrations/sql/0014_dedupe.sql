-- Duplicates: what people and companies are compared by, the keys that bring candidates together, the pairs found, and the sweeps that look at everybody.
CREATE TABLE match_records (                  -- one row a person or company that can be a candidate, kept in step by checks and sweeps
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  record_id uuid NOT NULL,
  noun text NOT NULL CHECK (noun IN ('Person', 'Company')),
  keys bigint[] NOT NULL,                     -- its rows in match_keys
  facts jsonb NOT NULL,                       -- values by field, made comparable
  source uuid,                                -- digest of what they were made of: a sweep passes over what has not changed
  PRIMARY KEY (workspace_id, record_id)
);
CREATE TABLE match_keys (                     -- narrow: records that share a key are candidates
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  key bigint NOT NULL,                        -- hash of the value; its last four bits say of what
  record_id uuid NOT NULL,
  PRIMARY KEY (workspace_id, key, record_id)
);
CREATE TABLE match_models (                   -- what a workspace weighs evidence with; no row: as shipped
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  noun text NOT NULL CHECK (noun IN ('PERSON', 'COMPANY')),
  link_from double precision NOT NULL CHECK (link_from > 0 AND link_from <= 1),
  review_from double precision NOT NULL CHECK (review_from > 0 AND review_from <= link_from),
  records bigint NOT NULL DEFAULT 0,          -- how many there were when last counted
  terms jsonb NOT NULL DEFAULT '{}',          -- {"field": {"value": share}} of frequent values
  prior double precision,                     -- NULL: nothing learnt yet
  odds jsonb,                                 -- {"field": [[same, chance], ...]} level by level
  learnt_at timestamptz,
  learnt_pairs bigint,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, noun)
);
CREATE TABLE duplicate_pairs (                -- low_id < high_id; one row a pair for good, so that what was decided is remembered
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  noun text NOT NULL CHECK (noun IN ('PERSON', 'COMPANY')),
  low_id uuid NOT NULL,
  high_id uuid NOT NULL CHECK (high_id > low_id),
  probability double precision NOT NULL CHECK (probability BETWEEN 0 AND 1),
  decision text NOT NULL CHECK (decision IN ('LINK', 'REVIEW')),
  evidence jsonb NOT NULL,                    -- [{"field", "level", "bits"}]
  held text[] NOT NULL DEFAULT '{}',          -- the fields because of which nobody links them without asking
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'NOT_DUPLICATE', 'MERGED', 'FADED')),
  found_by text NOT NULL CHECK (found_by IN ('WRITE', 'SWEEP', 'USER')),
  note text,
  decided_at timestamptz,
  decided_by_id uuid,
  merge_id uuid,                              -- what made them one, also after it was taken back
  automatic boolean NOT NULL DEFAULT false,   -- merged without anybody being asked
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, low_id, high_id)
);
CREATE INDEX duplicate_pairs_high ON duplicate_pairs (workspace_id, high_id);
CREATE INDEX duplicate_pairs_open ON duplicate_pairs (workspace_id, state, probability DESC, id DESC);
CREATE INDEX duplicate_pairs_probable ON duplicate_pairs (workspace_id, probability DESC, id DESC);
CREATE INDEX duplicate_pairs_created ON duplicate_pairs (workspace_id, created_at DESC, id DESC);
CREATE INDEX duplicate_pairs_updated ON duplicate_pairs (workspace_id, updated_at DESC, id DESC);
CREATE TABLE duplicate_sweeps (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'DONE')),
  phase text NOT NULL CHECK (phase IN ('PEOPLE', 'COMPANIES', 'PAIRS', 'DONE')),
  after_id uuid,                              -- the last record kept
  after_key bigint,                           -- the last key compared
  total bigint NOT NULL,                      -- records to look at, as counted at the start
  records bigint NOT NULL DEFAULT 0,
  compared bigint NOT NULL DEFAULT 0,
  found bigint NOT NULL DEFAULT 0,
  crowded bigint NOT NULL DEFAULT 0,          -- keys shared by too many to compare
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX duplicate_sweeps_started ON duplicate_sweeps (workspace_id, started_at DESC, id DESC);
CREATE UNIQUE INDEX duplicate_sweeps_running ON duplicate_sweeps (workspace_id) WHERE state = 'RUNNING';
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['match_records', 'match_keys', 'match_models', 'duplicate_pairs', 'duplicate_sweeps'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
