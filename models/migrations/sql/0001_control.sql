-- Trigrams for search, equality beside them in one index. Both extensions may be made by the owner of a database.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- Text as search compares it: small letters without accents, a space for each mark of punctuation.
CREATE FUNCTION lw_fold(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT translate(CASE WHEN octet_length(p_text) = char_length(p_text) THEN lower(p_text)
    ELSE translate(replace(regexp_replace(normalize(lower(p_text), NFKD), '[\u0300-\u036f]', '', 'g'), 'ß', 'ss'), 'øłđıæœ', 'oldiao') END,
    '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32))
$$;

-- Which migrations have run, with the digest of their text, written in the same transaction as what they do (leadwell/migrations.py).
CREATE TABLE migrations (
  name text PRIMARY KEY,
  digest text NOT NULL,
  applied_at timestamptz NOT NULL
);
GRANT SELECT ON migrations TO lw_app;

-- Control tables: who may enter and which workspace they enter. No tenant policy; lw_app reaches them only through the functions of 0010.
CREATE TABLE workspaces (
  id uuid PRIMARY KEY,
  slug text NOT NULL UNIQUE,
  name text NOT NULL,
  kind text NOT NULL DEFAULT 'LIVE' CHECK (kind IN ('LIVE', 'SANDBOX')),
  time_zone text NOT NULL DEFAULT 'UTC',
  currency text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
  country text CHECK (country ~ '^[A-Z]{2}$'),
  locale text NOT NULL DEFAULT 'en',
  clock_at timestamptz,                       -- the business clock of a sandbox; NULL: the database's clock
  parent_id uuid REFERENCES workspaces (id) ON DELETE CASCADE,    -- the workspace that a sandbox was made from
  outbound_epoch text NOT NULL,               -- must equal the configured one, or nothing leaves
  cell text NOT NULL DEFAULT 'main',          -- which database holds the workspace
  settings jsonb NOT NULL DEFAULT '{}',       -- what was chosen of WorkspaceSettings (leadwell/base/workspace.py)
  version int NOT NULL DEFAULT 1,             -- of the settings
  created_at timestamptz NOT NULL,
  archived_at timestamptz
);
CREATE INDEX workspaces_parent ON workspaces (parent_id) WHERE parent_id IS NOT NULL;
CREATE TABLE logins (
  id uuid PRIMARY KEY,
  email text NOT NULL UNIQUE,                 -- normalized
  name text NOT NULL,
  password_hash text,                         -- argon2id; NULL: link or single sign-on only
  password_place uuid,                        -- the workspace whose administrator's link let somebody set it: it opens no other one, and proves nothing
  failures int NOT NULL DEFAULT 0,
  locked_until timestamptz,
  created_at timestamptz NOT NULL,
  verified_at timestamptz,                    -- a link that was mailed to the address was followed; before, its password proves nothing
  disabled_at timestamptz
);
CREATE TABLE sessions (
  token_hash bytea PRIMARY KEY,               -- sha256 of the cookie or bearer token
  id uuid NOT NULL UNIQUE,                    -- what lists call it
  login_id uuid NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  via text NOT NULL CHECK (via IN ('PASSWORD', 'LINK', 'MAIL', 'OIDC')),
  user_agent text,
  address text,                               -- where it was opened, shortened to a network
  created_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  idle_seconds int NOT NULL,
  expires_at timestamptz NOT NULL,            -- use puts it off, never beyond ends_at
  ends_at timestamptz NOT NULL
);
CREATE INDEX sessions_login ON sessions (login_id);
CREATE TABLE sign_in_links (
  token_hash bytea PRIMARY KEY,
  login_id uuid NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  purpose text NOT NULL DEFAULT 'SIGN_IN' CHECK (purpose IN ('SIGN_IN', 'RESET')),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX sign_in_links_login ON sign_in_links (login_id);
CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  name text NOT NULL,
  scopes text[] NOT NULL,                     -- "leads:read", "leads:*", "*:read", "*"
  bounds jsonb NOT NULL DEFAULT '{}',         -- leadwell/access/bounds.py
  created_by uuid,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX api_keys_workspace ON api_keys (workspace_id);
CREATE TABLE form_keys (
  key text PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  form_id uuid NOT NULL
);
CREATE TABLE worker_beats (
  worker_id uuid PRIMARY KEY,
  host text NOT NULL,
  pid int NOT NULL,
  version text NOT NULL,
  started_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  tally jsonb NOT NULL DEFAULT '{}'                -- what it has done since it began, for /metrics
);
