-- Enrichment over the network: who is asked (providers), in which order (policies), what they answered, what asking may cost, and who waits.
CREATE TABLE enrichment_policies (            -- versions of the waterfall; the highest number holds
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  number int NOT NULL,
  rules jsonb NOT NULL,                       -- {"waterfall": {field: [{"provider", "when"}]}, "refreshDays", "floor"}
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, number)
);
CREATE TABLE enrichment_providers (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  code text NOT NULL CHECK (code ~ '^[a-z][a-z0-9_-]{1,39}$'),
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('WEBSITE', 'MX', 'HTTP', 'PUSH')),
  is_active boolean NOT NULL DEFAULT true,
  mapping jsonb NOT NULL DEFAULT '{}',        -- how it is asked and read; secrets stand in it as {secret:NAME}
  secret_names text[] NOT NULL DEFAULT '{}',
  secret_ciphertext bytea,                    -- {name: value}, sealed together
  secret_key_id text,
  push_key text,                              -- public; enrichment_keys says whose it is
  signature text CHECK (signature IN ('HMAC', 'STANDARD')),
  signature_header text,
  ttl_hours int NOT NULL DEFAULT 720 CHECK (ttl_hours BETWEEN 1 AND 87600),
  miss_ttl_hours int NOT NULL DEFAULT 168 CHECK (miss_ttl_hours BETWEEN 1 AND 87600),
  per_minute int NOT NULL DEFAULT 60 CHECK (per_minute BETWEEN 1 AND 100000),
  cost int NOT NULL DEFAULT 0 CHECK (cost BETWEEN 0 AND 1000000),
  charges_misses boolean NOT NULL DEFAULT false,
  monthly_budget int CHECK (monthly_budget >= 0),
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, code)
);
CREATE TABLE enrichment_gates (               -- what a provider may still be asked; one narrow row, locked for a moment before and after each call
  workspace_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  tokens double precision NOT NULL,
  refilled_at timestamptz NOT NULL,
  breaker text NOT NULL DEFAULT 'CLOSED' CHECK (breaker IN ('CLOSED', 'OPEN', 'HALF_OPEN')),
  failures int NOT NULL DEFAULT 0,
  until timestamptz,                          -- OPEN: nothing is asked before; HALF_OPEN: one is under way until then
  reason text,
  month date NOT NULL,
  spent int NOT NULL DEFAULT 0,               -- credits settled in that month
  PRIMARY KEY (workspace_id, provider_id),
  FOREIGN KEY (workspace_id, provider_id) REFERENCES enrichment_providers (workspace_id, id) ON DELETE CASCADE
);
CREATE TABLE enrichment_holds (               -- credits reserved for a call under way; a killed worker's hold runs out
  workspace_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  key text NOT NULL,
  lease uuid NOT NULL,
  credits int NOT NULL,
  expires_at timestamptz NOT NULL,            -- of the wall clock, like every lease
  PRIMARY KEY (workspace_id, provider_id, key),
  FOREIGN KEY (workspace_id, provider_id) REFERENCES enrichment_providers (workspace_id, id) ON DELETE CASCADE
);
CREATE TABLE enrichment_answers (             -- what a provider said about an address or a domain, for as long as it counts
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  provider_id uuid NOT NULL,
  key text NOT NULL,
  state text NOT NULL CHECK (state IN ('FOUND', 'MISS', 'REJECTED', 'FAILED', 'SKIPPED')),
  facts jsonb NOT NULL DEFAULT '{}',          -- {field: value}, checked
  found jsonb NOT NULL DEFAULT '{}',
  reason text,
  credits int NOT NULL DEFAULT 0,
  at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, provider_id, key),
  FOREIGN KEY (workspace_id, provider_id) REFERENCES enrichment_providers (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX enrichment_answers_expired ON enrichment_answers (workspace_id, expires_at);
CREATE TABLE enrichment_waits (               -- who is looked at again when the answer has come
  workspace_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  key text NOT NULL,
  person_id uuid NOT NULL,
  cause_id uuid,                              -- the change of many people that the look belongs to
  PRIMARY KEY (workspace_id, provider_id, key, person_id),
  FOREIGN KEY (workspace_id, provider_id) REFERENCES enrichment_providers (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX enrichment_waits_person ON enrichment_waits (workspace_id, person_id);
CREATE TABLE enrichment_pushes (              -- deliveries of an inbound push that were taken, once each
  workspace_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  event text NOT NULL,
  results jsonb NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, provider_id, event),
  FOREIGN KEY (workspace_id, provider_id) REFERENCES enrichment_providers (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX enrichment_pushes_at ON enrichment_pushes (workspace_id, at);
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['enrichment_policies', 'enrichment_providers', 'enrichment_gates', 'enrichment_holds', 'enrichment_answers', 'enrichment_waits', 'enrichment_pushes'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
REVOKE UPDATE, DELETE ON enrichment_policies FROM lw_app;
-- The doors of pushes: a key leads to a workspace and a provider, and to nothing else.
CREATE TABLE enrichment_keys (
  key text PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  provider_id uuid NOT NULL
);
CREATE FUNCTION lw_enrichment_source(p_key text) RETURNS TABLE (workspace_id uuid, provider_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT k.workspace_id, k.provider_id FROM enrichment_keys k JOIN workspaces w ON w.id = k.workspace_id AND w.archived_at IS NULL WHERE k.key = p_key
$$;
-- Gives a provider its key, inside the caller's own workspace only.
CREATE FUNCTION lw_put_enrichment_key(p_workspace uuid, p_key text, p_provider uuid) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO enrichment_keys (key, workspace_id, provider_id)
  SELECT p_key, p_workspace, e.id FROM enrichment_providers e
  WHERE e.workspace_id = p_workspace AND e.id = p_provider AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
  RETURNING true
$$;
