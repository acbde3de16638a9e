-- Where people come from: sources, campaigns, forms, raw submissions, imports.
CREATE TABLE sources (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  channel text NOT NULL CHECK (channel IN ('FORM', 'ADVERTISING', 'SOCIAL', 'EVENT', 'EMAIL', 'REFERRAL', 'NETWORKING', 'PHONE', 'PARTNER', 'CHAT', 'LIST', 'API')),
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, name)
);
CREATE TABLE products (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, code)
);
CREATE TABLE campaigns (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  type text NOT NULL DEFAULT 'OTHER' CHECK (type IN ('EMAIL', 'EVENT', 'WEBINAR', 'ADVERTISING', 'SOCIAL', 'CONTENT', 'REFERRAL', 'PARTNER', 'OTHER')),
  status text NOT NULL DEFAULT 'PLANNED' CHECK (status IN ('PLANNED', 'ACTIVE', 'COMPLETED', 'CANCELED')),
  parent_id uuid,
  start_on date,
  end_on date,
  budget_minor bigint,
  cost_minor bigint,
  currency text CHECK (currency ~ '^[A-Z]{3}$'),
  owner_id uuid,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, parent_id) REFERENCES campaigns (workspace_id, id),
  FOREIGN KEY (workspace_id, owner_id) REFERENCES users (workspace_id, id)
);
CREATE TABLE campaign_members (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  campaign_id uuid NOT NULL,
  person_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'ADDED',
  responded boolean NOT NULL DEFAULT false,
  responded_at timestamptz,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, campaign_id, person_id),
  FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX campaign_members_person ON campaign_members (workspace_id, person_id);
CREATE TABLE files (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  media_type text NOT NULL,
  size bigint NOT NULL,
  sha256 text,                                -- NULL until it is stored, if whoever announced it did not say
  store_key text NOT NULL,
  purpose text NOT NULL CHECK (purpose IN ('IMPORT', 'IMPORT_ERRORS', 'EXPORT', 'ATTACHMENT')),
  state text NOT NULL DEFAULT 'STORED' CHECK (state IN ('ANNOUNCED', 'STORED')),
  user_id uuid,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX files_loose ON files (workspace_id, updated_at) WHERE purpose = 'ATTACHMENT';
CREATE TABLE forms (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  key text NOT NULL,                          -- public; form_keys says whose it is
  name text NOT NULL,
  intent text NOT NULL DEFAULT 'HAND_RAISE' CHECK (intent IN ('HAND_RAISE', 'CONTENT', 'EVENT', 'SUBSCRIBE')),
  fields jsonb NOT NULL,                      -- [{"name", "label", "type", "required", "target", "default"}]
  consents jsonb NOT NULL DEFAULT '[]',       -- [{"topic_id", "text", "version", "required"}]
  source_id uuid,
  campaign_id uuid,
  owner_id uuid,
  sequence_id uuid,
  allowed_origins text[] NOT NULL DEFAULT '{}',
  thank_you text,
  redirect_url text,
  intro text,                                 -- stands above the fields of the hosted page
  button text,
  locale text NOT NULL DEFAULT 'en' CHECK (locale ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$'),   -- the language it speaks
  words jsonb NOT NULL DEFAULT '{}',          -- what it says otherwise than its language does: {name: text}
  country text CHECK (country ~ '^[A-Z]{2}$'),-- a hint for reading numbers
  double_opt_in boolean NOT NULL DEFAULT false,
  opt_in_hours int NOT NULL DEFAULT 168 CHECK (opt_in_hours BETWEEN 1 AND 2160),
  min_seconds int NOT NULL DEFAULT 0 CHECK (min_seconds BETWEEN 0 AND 60),
  proof_bits int NOT NULL DEFAULT 0 CHECK (proof_bits BETWEEN 0 AND 24),
  per_minute int CHECK (per_minute BETWEEN 1 AND 100000),   -- NULL: no limit
  is_active boolean NOT NULL DEFAULT true,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, source_id) REFERENCES sources (workspace_id, id),
  FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
  FOREIGN KEY (workspace_id, owner_id) REFERENCES users (workspace_id, id)
);
CREATE TABLE imports (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  noun text NOT NULL DEFAULT 'Lead',
  name text NOT NULL,
  file_hash text NOT NULL,                    -- sha256 of the file: with the row number it names a row for good
  mapping jsonb NOT NULL,
  options jsonb NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('READY', 'REHEARSING', 'RUNNING', 'DONE', 'FAILED', 'CANCELED', 'REVERTING', 'REVERTED')),
  run int NOT NULL DEFAULT 1,                 -- adds one whenever the file is read again from its first row
  upload_id uuid,
  actor text NOT NULL DEFAULT 'SYSTEM',
  reverted_by text,                           -- who had it taken back: a credential, whose rights each batch of that needs
  preview jsonb,                              -- what its last dry run said
  total_rows bigint,
  done_rows bigint NOT NULL DEFAULT 0,        -- resume offset: every row up to it is committed
  created_count bigint NOT NULL DEFAULT 0,
  attached_count bigint NOT NULL DEFAULT 0,
  unchanged_count bigint NOT NULL DEFAULT 0,
  failed_count bigint NOT NULL DEFAULT 0,
  conflict_count bigint NOT NULL DEFAULT 0,   -- values that were kept against the file's
  reverted_count bigint NOT NULL DEFAULT 0,   -- records taken back
  left_count bigint NOT NULL DEFAULT 0,       -- records and fields the revert left alone
  error text,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX imports_file ON imports (workspace_id, noun, file_hash);
CREATE TABLE import_errors (
  workspace_id uuid NOT NULL,
  import_id uuid NOT NULL,
  row_number bigint NOT NULL,
  column_name text NOT NULL DEFAULT '',
  code text NOT NULL,
  message text NOT NULL,
  is_kept boolean NOT NULL,                   -- the row was imported without the bad value
  raw jsonb NOT NULL,
  PRIMARY KEY (workspace_id, import_id, row_number, column_name),
  FOREIGN KEY (workspace_id, import_id) REFERENCES imports (workspace_id, id) ON DELETE CASCADE
);
CREATE TABLE import_rows (                    -- a file's rows as they came, committed before anything is made of them
  workspace_id uuid NOT NULL,
  import_id uuid NOT NULL,
  first_row bigint NOT NULL,
  last_row bigint NOT NULL,
  packed bytea NOT NULL,                      -- zlib over JSON: [[line, [cells], fault or null], ...], one per row
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, import_id, first_row),
  FOREIGN KEY (workspace_id, import_id) REFERENCES imports (workspace_id, id) ON DELETE CASCADE
);
ALTER TABLE import_rows ALTER COLUMN packed SET STORAGE EXTERNAL;
CREATE TABLE submissions (                    -- the raw submission, committed before anything is made of it
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  channel text NOT NULL,                      -- FORM API IMPORT GRAPHQL WEBHOOK EMAIL
  form_id uuid,
  import_id uuid,
  row_number bigint,
  intent text NOT NULL CHECK (intent IN ('HAND_RAISE', 'CONTENT', 'EVENT', 'SUBSCRIBE')),
  payload jsonb NOT NULL,
  dedupe_key text,                            -- same key, same workspace: the same submission sent twice
  ip inet,
  user_agent text,
  received_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'RECEIVED' CHECK (state IN ('RECEIVED', 'PROCESSED', 'PARKED', 'UNCONFIRMED')),
  reason text,
  outcome text,                               -- CREATED ATTACHED REPEATED TASK ACTIVITY PERSON UNCHANGED
  person_id uuid,
  lead_id uuid,
  activity_id uuid,
  processed_at timestamptz,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, form_id) REFERENCES forms (workspace_id, id),
  FOREIGN KEY (workspace_id, import_id) REFERENCES imports (workspace_id, id)
);
CREATE UNIQUE INDEX submissions_dedupe ON submissions (workspace_id, dedupe_key) WHERE dedupe_key IS NOT NULL;
CREATE UNIQUE INDEX submissions_row ON submissions (workspace_id, import_id, row_number) WHERE import_id IS NOT NULL;
CREATE INDEX submissions_waiting ON submissions (workspace_id, received_at, id) WHERE state <> 'PROCESSED';
CREATE INDEX submissions_person ON submissions (workspace_id, person_id) WHERE person_id IS NOT NULL;
