-- Doors in: wordings of consents, what guards a form, double opt-ins, feeds of other systems, statuses of campaign members, visitors of pages.
CREATE TABLE consent_wordings (               -- the words a version stands for; they never change
  workspace_id uuid NOT NULL,
  topic_id uuid NOT NULL,
  version text NOT NULL,
  text text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, topic_id, version),
  FOREIGN KEY (workspace_id, topic_id) REFERENCES topics (workspace_id, id)
);
CREATE TABLE form_buckets (                   -- what a form may still take before the next is parked
  workspace_id uuid NOT NULL,
  form_id uuid NOT NULL,
  tokens double precision NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, form_id),
  FOREIGN KEY (workspace_id, form_id) REFERENCES forms (workspace_id, id) ON DELETE CASCADE
);
CREATE TABLE form_proofs (                    -- proofs of work that were used, and for what
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  nonce bytea NOT NULL,
  content bytea NOT NULL,                     -- SHA-256 of what was sent with it
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, nonce)
);
CREATE INDEX form_proofs_at ON form_proofs (workspace_id, at);
CREATE TABLE opt_ins (                        -- who was asked by mail whether it was they who filled in a form
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  submission_id uuid NOT NULL,
  form_id uuid NOT NULL,
  address text NOT NULL,
  address_hash bytea NOT NULL,
  message_id text NOT NULL,                   -- stored before any network; a mail sent again is the same mail
  mail_state text NOT NULL DEFAULT 'PLANNED' CHECK (mail_state IN ('PLANNED', 'SENT', 'REJECTED', 'SKIPPED')),
  reply text,                                 -- the server's last words, or why it was not sent
  asked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  ip inet,                                    -- of who confirmed
  user_agent text,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, submission_id),
  FOREIGN KEY (workspace_id, submission_id) REFERENCES submissions (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, form_id) REFERENCES forms (workspace_id, id)
);
CREATE INDEX opt_ins_address ON opt_ins (workspace_id, address_hash, asked_at);
CREATE TABLE feeds (                          -- how another system sends people in
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  key text NOT NULL,                          -- public; feed_keys says whose it is
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('JSON', 'EMAIL', 'META', 'LINKEDIN', 'GOOGLE_ADS', 'EVENTS')),
  intent text NOT NULL DEFAULT 'HAND_RAISE' CHECK (intent IN ('HAND_RAISE', 'CONTENT', 'EVENT', 'SUBSCRIBE')),
  mapping jsonb NOT NULL DEFAULT '{}',        -- {field: JSON pointer, or name of the vendor's field}
  items text,                                 -- JSON pointer to the list of people in a body; NULL: the body is one
  external_id text,                           -- JSON pointer to what the other system calls the event
  signature text NOT NULL DEFAULT 'NONE' CHECK (signature IN ('NONE', 'HMAC', 'STANDARD')),
  signature_header text,
  secret_ciphertext bytea,
  secret_key_id text,
  token_ciphertext bytea,                     -- what a vendor's API is asked with for the answers it announced
  token_key_id text,
  source_id uuid,
  campaign_id uuid,
  owner_id uuid,
  country text CHECK (country ~ '^[A-Z]{2}$'),
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
CREATE TABLE member_statuses (                -- where people can stand in a campaign
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  responded boolean NOT NULL DEFAULT false,
  position int NOT NULL DEFAULT 0,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, code)
);
CREATE TABLE visitors (                       -- a browser that agreed to be remembered; a person once it says who it is
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  person_id uuid,
  consented_at timestamptz NOT NULL,
  known_at timestamptz,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id)
);
CREATE INDEX visitors_person ON visitors (workspace_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX visitors_seen ON visitors (workspace_id, seen_at) WHERE person_id IS NULL;
CREATE TABLE page_views (                     -- of visitors nobody knows yet; a known person's are activities
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  visitor_id uuid NOT NULL,
  at timestamptz NOT NULL,
  page text NOT NULL,
  title text,
  touch jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, visitor_id) REFERENCES visitors (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX page_views_visitor ON page_views (workspace_id, visitor_id, at);
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['consent_wordings', 'form_buckets', 'form_proofs', 'opt_ins', 'feeds', 'member_statuses', 'visitors', 'page_views'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
REVOKE UPDATE, DELETE ON consent_wordings FROM lw_app;
-- The doors of feeds: a key leads to a workspace and a feed, and to nothing else.
CREATE TABLE feed_keys (
  key text PRIMARY KEY,
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  feed_id uuid NOT NULL
);
CREATE FUNCTION lw_feed(p_key text) RETURNS TABLE (workspace_id uuid, feed_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT f.workspace_id, f.feed_id FROM feed_keys f JOIN workspaces w ON w.id = f.workspace_id AND w.archived_at IS NULL WHERE f.key = p_key
$$;
-- Gives a feed its key, inside the caller's own workspace only.
CREATE FUNCTION lw_put_feed_key(p_workspace uuid, p_key text, p_feed uuid) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO feed_keys (key, workspace_id, feed_id)
  SELECT p_key, p_workspace, f.id FROM feeds f
  WHERE f.workspace_id = p_workspace AND f.id = p_feed AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
  RETURNING true
$$;
-- The same as lw_form with the whole form, so that a public door asks once.
CREATE FUNCTION lw_form_told(p_key text) RETURNS TABLE (workspace_id uuid, told jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT k.workspace_id, to_jsonb(f) FROM form_keys k JOIN workspaces w ON w.id = k.workspace_id AND w.archived_at IS NULL
  JOIN forms f ON f.workspace_id = k.workspace_id AND f.id = k.form_id WHERE k.key = p_key
$$;
