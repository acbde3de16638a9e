-- How people come in: identity providers and who somebody is there, invitations, links for a new password, and the list of one's sessions.
CREATE TABLE identity_providers (             -- whom a workspace believes who somebody is (OpenID Connect)
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,                         -- on the button
  issuer text NOT NULL,
  client_id text,                             -- NULL: the installation's own client of that issuer
  secret_key_id text,
  secret_ciphertext bytea,
  domains text[] NOT NULL DEFAULT '{}',       -- e-mail domains that may come in by it; none: all
  link_by_email boolean NOT NULL DEFAULT false,
  role_id uuid,                               -- whoever comes first is made a user of this role; NULL: nobody is
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, role_id) REFERENCES roles (workspace_id, id)
);
CREATE UNIQUE INDEX identity_providers_issuer ON identity_providers (workspace_id, issuer) WHERE archived_at IS NULL;
CREATE INDEX identity_providers_role ON identity_providers (workspace_id, role_id) WHERE role_id IS NOT NULL;
CREATE TABLE identities (                     -- who of a workspace somebody is whom an issuer knows
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  issuer text NOT NULL,
  subject text NOT NULL,
  user_id uuid NOT NULL,
  email text,                                 -- as the issuer last told it
  created_at timestamptz NOT NULL,
  used_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, issuer, subject),
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
);
CREATE INDEX identities_subject ON identities (issuer, subject);
CREATE INDEX identities_user ON identities (workspace_id, user_id);
CREATE TABLE invitations (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  email text NOT NULL,                        -- normalized
  name text NOT NULL,
  role_id uuid NOT NULL,
  team_id uuid,
  token_hash bytea NOT NULL,                  -- sha256 of the link's token; sending again makes another
  credential text,                            -- whose rights it hands on, looked at again when it is accepted; NULL: the operator's
  invited_by_id uuid,
  sent_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  revoked_at timestamptz,
  user_id uuid,                               -- who came of it
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, role_id) REFERENCES roles (workspace_id, id),
  FOREIGN KEY (workspace_id, team_id) REFERENCES teams (workspace_id, id),
  FOREIGN KEY (workspace_id, invited_by_id) REFERENCES users (workspace_id, id),
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id)
);
CREATE UNIQUE INDEX invitations_open ON invitations (workspace_id, email) WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitations_token ON invitations (token_hash);
CREATE INDEX invitations_role ON invitations (workspace_id, role_id);
CREATE INDEX invitations_team ON invitations (workspace_id, team_id) WHERE team_id IS NOT NULL;
CREATE INDEX invitations_invited_by ON invitations (workspace_id, invited_by_id) WHERE invited_by_id IS NOT NULL;
CREATE INDEX invitations_user ON invitations (workspace_id, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX invitations_listed ON invitations (workspace_id, created_at DESC, id DESC);

CREATE TABLE sign_in_flows (                  -- somebody on their way to an identity provider and back
  state_hash bytea PRIMARY KEY,               -- sha256 of `state`; deleted by its first use
  browser_hash bytea NOT NULL,                -- sha256 of the cookie of the browser that set out
  key_id text NOT NULL,
  sealed bytea NOT NULL,                      -- nonce, PKCE verifier, provider, workspace, invitation, where to go afterwards
  expires_at timestamptz NOT NULL
);
CREATE INDEX sign_in_flows_expired ON sign_in_flows (expires_at);

CREATE FUNCTION lw_begin_flow(p_state_hash bytea, p_browser_hash bytea, p_key_id text, p_sealed bytea, p_seconds int) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO sign_in_flows (state_hash, browser_hash, key_id, sealed, expires_at)
  VALUES (p_state_hash, p_browser_hash, p_key_id, p_sealed, clock_timestamp() + make_interval(secs => p_seconds))
$$;

-- What was written down when that browser set out, once; nothing for any other browser, or a second time.
CREATE FUNCTION lw_take_flow(p_state_hash bytea, p_browser_hash bytea) RETURNS TABLE (key_id text, sealed bytea)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH taken AS (DELETE FROM sign_in_flows f WHERE f.state_hash = p_state_hash AND f.browser_hash = p_browser_hash RETURNING f.*)
  SELECT t.key_id, t.sealed FROM taken t WHERE t.expires_at > clock_timestamp()
$$;

-- Which workspaces know somebody by what an issuer says of them.
CREATE FUNCTION lw_identities(p_issuer text, p_subject text) RETURNS TABLE (workspace_id uuid, slug text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT w.id, w.slug FROM identities i JOIN workspaces w ON w.id = i.workspace_id AND w.archived_at IS NULL
  JOIN users u ON u.workspace_id = i.workspace_id AND u.id = i.user_id AND u.archived_at IS NULL
  WHERE i.issuer = p_issuer AND i.subject = p_subject ORDER BY w.slug
$$;

-- Which invitation a link opens; nothing when it was used, revoked or is too old.
CREATE FUNCTION lw_invitation(p_token_hash bytea) RETURNS TABLE (workspace_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT i.workspace_id, i.id FROM invitations i JOIN workspaces w ON w.id = i.workspace_id AND w.archived_at IS NULL
  WHERE i.token_hash = p_token_hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > clock_timestamp()
$$;

-- What the page of an invitation and its acceptance have to know of the login of an address: `verified`, whether its password is that of whoever has the
-- mailbox. Inside a transaction of a workspace only.
CREATE FUNCTION lw_login_state(p_workspace uuid, p_email text) RETURNS TABLE (id uuid, password_hash text, verified boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT l.id, l.password_hash, l.verified_at IS NOT NULL AND l.password_place IS NULL FROM logins l
  WHERE l.email = p_email AND l.disabled_at IS NULL AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
$$;

-- Whoever followed a link that was mailed to the address has it. A password given takes the place of the one before; without one, a password that was
-- never proved goes: whoever set it may have been somebody else. Either ends every session of the login. Inside a transaction of a workspace only.
CREATE FUNCTION lw_prove_login(p_workspace uuid, p_login uuid, p_password_hash text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  l logins;
BEGIN
  SELECT * INTO l FROM logins x WHERE x.id = p_login AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid FOR UPDATE;
  IF l.id IS NULL THEN
    RETURN;
  END IF;
  IF p_password_hash IS NOT NULL OR ((l.verified_at IS NULL OR l.password_place IS NOT NULL) AND l.password_hash IS NOT NULL) THEN
    PERFORM lw_set_password(l.id, p_password_hash);
  END IF;
  UPDATE logins SET verified_at = coalesce(l.verified_at, clock_timestamp()) WHERE id = l.id;
END $$;

-- A link by which somebody gives their login a new password. False when the user cannot sign in. Inside a transaction of the workspace only.
CREATE FUNCTION lw_create_reset(p_token_hash bytea, p_workspace uuid, p_user uuid, p_seconds int) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO sign_in_links (token_hash, login_id, workspace_id, purpose, created_at, expires_at)
  SELECT p_token_hash, u.login_id, u.workspace_id, 'RESET', t, t + make_interval(secs => p_seconds)
  FROM users u, clock_timestamp() t
  WHERE u.workspace_id = p_workspace AND u.id = p_user AND u.login_id IS NOT NULL AND u.archived_at IS NULL
    AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
  RETURNING true
$$;

CREATE FUNCTION lw_reset_is_open(p_token_hash bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT EXISTS (SELECT FROM sign_in_links l
    WHERE l.token_hash = p_token_hash AND l.purpose = 'RESET' AND l.used_at IS NULL AND l.expires_at > clock_timestamp())
$$;

-- Uses such a link and sets the password, or neither.
CREATE FUNCTION lw_reset_password(p_token_hash bytea, p_password_hash text) RETURNS TABLE (login_id uuid, workspace_id uuid, email text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
#variable_conflict use_column
DECLARE
  found sign_in_links;
BEGIN
  UPDATE sign_in_links l SET used_at = clock_timestamp()
  WHERE l.token_hash = p_token_hash AND l.purpose = 'RESET' AND l.used_at IS NULL AND l.expires_at > clock_timestamp()
  RETURNING l.* INTO found;
  IF found.login_id IS NOT NULL THEN
    PERFORM lw_set_password(found.login_id, p_password_hash);
    RETURN QUERY UPDATE logins l SET verified_at = coalesce(l.verified_at, clock_timestamp()) WHERE l.id = found.login_id
      RETURNING l.id, found.workspace_id, l.email;
  END IF;
END $$;

-- How a session was opened, and in how many workspaces its login works.
CREATE FUNCTION lw_session_proof(p_token_hash bytea) RETURNS TABLE (via text, places int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT s.via, (SELECT count(*) FROM lw_memberships(s.login_id))::int FROM sessions s
  WHERE s.token_hash = p_token_hash AND s.expires_at > clock_timestamp()
$$;

-- Where a user of the workspace is signed in to it. Inside a transaction of the workspace only.
CREATE FUNCTION lw_user_sessions(p_workspace uuid, p_user uuid)
RETURNS TABLE (id uuid, token_hash bytea, user_agent text, address text, created_at timestamptz, seen_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT s.id, s.token_hash, s.user_agent, s.address, s.created_at, s.seen_at, s.expires_at
  FROM users u JOIN sessions s ON s.login_id = u.login_id AND s.workspace_id = u.workspace_id
  WHERE u.workspace_id = p_workspace AND u.id = p_user AND s.expires_at > clock_timestamp()
    AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
  ORDER BY s.seen_at DESC, s.id
$$;

-- Ends sessions of a user: those of p_ids, or all but the one of p_keep. Returns their ids. Inside a transaction of the workspace only.
CREATE FUNCTION lw_end_sessions(p_workspace uuid, p_user uuid, p_ids uuid[], p_keep bytea) RETURNS SETOF uuid
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  DELETE FROM sessions s USING users u
  WHERE u.workspace_id = p_workspace AND u.id = p_user AND s.login_id = u.login_id AND s.workspace_id = u.workspace_id
    AND (p_ids IS NULL OR s.id = ANY (p_ids)) AND (p_keep IS NULL OR s.token_hash <> p_keep)
    AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
  RETURNING s.id
$$;

-- Nothing lets a user who was put away into the workspace any more. Inside a transaction of the workspace only.
CREATE FUNCTION lw_shut_out(p_workspace uuid, p_user uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT lw_end_sessions(p_workspace, p_user, NULL, NULL);
  DELETE FROM sign_in_links l USING users u
  WHERE u.workspace_id = p_workspace AND u.id = p_user AND l.login_id = u.login_id AND l.workspace_id = u.workspace_id AND l.used_at IS NULL
    AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
$$;

-- Ended sessions, spent links, journeys that nobody came back from and old attempts, for the hourly sweep; returns how many rows went.
CREATE OR REPLACE FUNCTION lw_sweep_access() RETURNS int
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH s AS (DELETE FROM sessions WHERE expires_at < clock_timestamp() RETURNING 1),
       l AS (DELETE FROM sign_in_links WHERE expires_at < clock_timestamp() - interval '1 day' RETURNING 1),
       f AS (DELETE FROM sign_in_flows WHERE expires_at < clock_timestamp() RETURNING 1),
       a AS (DELETE FROM sign_in_attempts WHERE seen_at < clock_timestamp() - interval '1 day' RETURNING 1)
  SELECT ((SELECT count(*) FROM s) + (SELECT count(*) FROM l) + (SELECT count(*) FROM f) + (SELECT count(*) FROM a))::int
$$;
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['identity_providers', 'identities', 'invitations'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
