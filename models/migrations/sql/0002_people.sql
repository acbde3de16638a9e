-- Users of a workspace, people (the stable subject behind leads and contacts) and the keys that make them unique.
CREATE TABLE roles (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  code text NOT NULL,                         -- OWNER ADMIN MANAGER SALES MARKETER READ_ONLY INTEGRATION or the workspace's own
  name text NOT NULL,
  grants jsonb NOT NULL,                      -- {"leads": {"verbs": ["read", "update"], "rows": "all"|"team"|"own", "hide": ["email"]}}
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, code)
);
CREATE TABLE teams (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE TABLE users (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  login_id uuid,                              -- the membership; no foreign key into the control plane
  name text NOT NULL,
  email text NOT NULL,
  role_id uuid NOT NULL,
  team_id uuid,
  time_zone text,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, login_id),
  FOREIGN KEY (workspace_id, role_id) REFERENCES roles (workspace_id, id),
  FOREIGN KEY (workspace_id, team_id) REFERENCES teams (workspace_id, id)
);
CREATE TABLE people (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  kind text NOT NULL DEFAULT 'INDIVIDUAL' CHECK (kind IN ('INDIVIDUAL', 'FUNCTION', 'ANONYMOUS')),
  name text,                                  -- as people say it, "Dr. Ana María Silva"
  prefix text,
  first_name text,
  middle_name text,
  last_name text,
  suffix text,
  email text,                                 -- the primary address as written; rows in person_emails are the truth
  phone text,                                 -- the primary number, E.164
  title text,                                 -- current job title
  department text,
  seniority text,
  language text,
  time_zone text,
  country text CHECK (country ~ '^[A-Z]{2}$'),
  region text,
  city text,
  postal_code text,
  street text,
  tracking boolean NOT NULL DEFAULT true,     -- false: opens and clicks are not recorded
  merged_into uuid,
  last_activity_at timestamptz,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  search_open text NOT NULL GENERATED ALWAYS AS (' ' || lw_fold(coalesce(name, '')) || ' ') STORED,    -- what whoever may see people may search
  search_all text NOT NULL GENERATED ALWAYS AS (' ' || lw_fold(coalesce(name, '') || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '')) || ' ') STORED,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, merged_into) REFERENCES people (workspace_id, id)
);
CREATE INDEX people_search ON people USING gin (workspace_id, search_open gin_trgm_ops, search_all gin_trgm_ops);
CREATE INDEX people_created ON people (workspace_id, created_at DESC, id DESC);
CREATE INDEX people_updated ON people (workspace_id, updated_at DESC, id DESC);
CREATE INDEX people_name ON people (workspace_id, name, id);
CREATE INDEX people_email ON people (workspace_id, email, id);
CREATE TABLE person_emails (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  address text NOT NULL,                      -- as written
  normalized text NOT NULL,
  match_key text NOT NULL,                    -- provider rules for dots and plus applied; for matching, never for sending
  domain text NOT NULL,
  label text NOT NULL DEFAULT 'WORK' CHECK (label IN ('WORK', 'PERSONAL', 'OTHER')),
  class text CHECK (class IN ('BUSINESS', 'FREE', 'DISPOSABLE', 'ROLE')),
  is_primary boolean NOT NULL DEFAULT false,
  is_shared boolean NOT NULL DEFAULT false,
  is_valid boolean NOT NULL DEFAULT true,
  verified_at timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, person_id, normalized),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX person_emails_normalized ON person_emails (workspace_id, normalized);
CREATE INDEX person_emails_match ON person_emails (workspace_id, match_key);
CREATE UNIQUE INDEX person_emails_primary ON person_emails (workspace_id, person_id) WHERE is_primary;
CREATE TABLE person_phones (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  raw text NOT NULL,                          -- as written
  e164 text,                                  -- NULL: could not be read as a number
  region text,
  type text CHECK (type IN ('MOBILE', 'FIXED_LINE', 'FIXED_OR_MOBILE', 'TOLL_FREE', 'VOIP', 'OTHER')),
  label text NOT NULL DEFAULT 'WORK' CHECK (label IN ('WORK', 'MOBILE', 'HOME', 'FAX', 'OTHER')),
  is_primary boolean NOT NULL DEFAULT false,
  is_valid boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX person_phones_number ON person_phones (workspace_id, person_id, raw);
CREATE INDEX person_phones_e164 ON person_phones (workspace_id, e164) WHERE e164 IS NOT NULL;
CREATE UNIQUE INDEX person_phones_primary ON person_phones (workspace_id, person_id) WHERE is_primary;
CREATE TABLE person_keys (                    -- inserted first; its conflict is the lock that makes a person unique
  workspace_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('EMAIL', 'PHONE', 'EXTERNAL', 'VISITOR')),
  key text NOT NULL,                          -- EXTERNAL: source || chr(31) || id
  person_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, kind, key),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX person_keys_person ON person_keys (workspace_id, person_id);
CREATE TABLE external_ids (                   -- what other systems call our records
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  noun text NOT NULL,                         -- Person Lead Contact Company Deal Purchase
  source text NOT NULL,
  external_id text NOT NULL,
  record_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, noun, source, external_id)
);
CREATE INDEX external_ids_record ON external_ids (workspace_id, record_id);
CREATE TABLE redirects (                      -- ids of merged records keep resolving
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  noun text NOT NULL,
  old_id uuid NOT NULL,
  new_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, noun, old_id)
);
CREATE TABLE field_provenance (
  workspace_id uuid NOT NULL,                 -- row security holds it: the check of a foreign key costs more than the row
  noun text NOT NULL,
  record_id uuid NOT NULL,
  field text NOT NULL,
  value jsonb,
  source text NOT NULL CHECK (source IN ('HUMAN', 'FORM', 'IMPORT', 'PROVIDER', 'SYSTEM')),
  provider text,
  confidence real NOT NULL DEFAULT 1 CHECK (confidence BETWEEN 0 AND 1),
  evidence jsonb,
  locked boolean NOT NULL DEFAULT false,
  run_id uuid,
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, record_id, field)
);
CREATE TABLE field_suggestions (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  noun text NOT NULL,
  record_id uuid NOT NULL,
  field text NOT NULL,
  value jsonb NOT NULL,
  current_value jsonb,
  source text NOT NULL,
  provider text,
  confidence double precision NOT NULL,
  evidence jsonb,
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'ACCEPTED', 'DISMISSED')),
  created_at timestamptz NOT NULL,
  decided_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX field_suggestions_open ON field_suggestions (workspace_id, record_id, field) WHERE state = 'OPEN';
CREATE INDEX field_suggestions_record ON field_suggestions (workspace_id, record_id);
CREATE TABLE enrichment_runs (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  input_hash text NOT NULL,
  changes jsonb NOT NULL,                     -- [{"noun", "record_id", "field", "before", "after", "provider", "was"}]
  at timestamptz NOT NULL,
  policy int NOT NULL DEFAULT 0,              -- number of the policy it ran under; 0: the one that ships
  steps jsonb NOT NULL DEFAULT '[]',          -- providers outside that had been asked: {"provider", "key", "state"}
  refresh_at timestamptz,                     -- when the person is looked at again
  undone_at timestamptz,
  cause_id uuid,                              -- the change of many people it belongs to
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX enrichment_runs_person ON enrichment_runs (workspace_id, person_id, at DESC);
CREATE INDEX enrichment_runs_refresh ON enrichment_runs (workspace_id, refresh_at) WHERE refresh_at IS NOT NULL;
CREATE TABLE custom_fields (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  noun text NOT NULL,
  key text NOT NULL,
  label text NOT NULL,
  type text NOT NULL CHECK (type IN ('TEXT', 'CHOICE', 'INT', 'FLOAT', 'FLAG', 'MOMENT', 'DATE')),
  options jsonb,
  is_required boolean NOT NULL DEFAULT false, -- asked for where somebody makes a record by hand
  is_unique boolean NOT NULL DEFAULT false,   -- no two records hold the same; for good, so that nobody writes who has not seen it
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, noun, key)
);
CREATE TABLE custom_values (
  workspace_id uuid NOT NULL,
  field_id uuid NOT NULL,
  record_id uuid NOT NULL,
  text_value text,
  int_value bigint,
  float_value double precision,
  time_value timestamptz,
  unique_key text,                            -- of a field whose values are unique: what it holds, folded
  PRIMARY KEY (workspace_id, record_id, field_id),
  FOREIGN KEY (workspace_id, field_id) REFERENCES custom_fields (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX custom_values_text ON custom_values (workspace_id, field_id, text_value, record_id) WHERE text_value IS NOT NULL;
CREATE INDEX custom_values_int ON custom_values (workspace_id, field_id, int_value, record_id) WHERE int_value IS NOT NULL;
CREATE INDEX custom_values_float ON custom_values (workspace_id, field_id, float_value, record_id) WHERE float_value IS NOT NULL;
CREATE INDEX custom_values_time ON custom_values (workspace_id, field_id, time_value, record_id) WHERE time_value IS NOT NULL;
CREATE UNIQUE INDEX custom_values_unique ON custom_values (workspace_id, field_id, unique_key) WHERE unique_key IS NOT NULL;
CREATE TABLE tags (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  color text,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, name)
);
CREATE TABLE taggings (
  workspace_id uuid NOT NULL,
  tag_id uuid NOT NULL,
  record_id uuid NOT NULL,
  noun text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, record_id, tag_id),
  FOREIGN KEY (workspace_id, tag_id) REFERENCES tags (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX taggings_tag ON taggings (workspace_id, tag_id, record_id);
