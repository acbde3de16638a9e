-- Who may enter: the functions behind sign-in, sessions, links and keys. By hash or id only; a token or secret itself never reaches the database.

CREATE TABLE sign_in_attempts (               -- counted before the password is looked at, for known and unknown addresses alike
  key bytea PRIMARY KEY,                      -- sha256 of "email:<address>" or "ip:<address>"
  failures int NOT NULL,
  locked_until timestamptz,
  seen_at timestamptz NOT NULL
);

-- Counts one attempt. NULL: go on; else the time until which attempts are refused. After p_free attempts each next one doubles the wait, 5 minutes at most.
CREATE FUNCTION lw_sign_in_attempt(p_key bytea, p_free int) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  t timestamptz := clock_timestamp();
  a sign_in_attempts;
BEGIN
  INSERT INTO sign_in_attempts (key, failures, seen_at) VALUES (p_key, 0, t) ON CONFLICT DO NOTHING;
  SELECT * INTO a FROM sign_in_attempts s WHERE s.key = p_key FOR UPDATE;
  IF a.locked_until > t THEN
    RETURN a.locked_until;
  END IF;
  IF a.seen_at < t - interval '1 hour' THEN
    a.failures := 0;
  END IF;
  UPDATE sign_in_attempts s SET failures = a.failures + 1, seen_at = t,
    locked_until = CASE WHEN a.failures >= p_free THEN t + make_interval(secs => least(300, 2 ^ least(a.failures - p_free, 9))) END
  WHERE s.key = p_key;
  RETURN NULL;
END $$;

-- A success takes its own attempt back; p_all forgets the earlier ones too.
CREATE FUNCTION lw_sign_in_succeeded(p_key bytea, p_all boolean) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE sign_in_attempts SET failures = CASE WHEN p_all THEN 0 ELSE greatest(failures - 1, 0) END,
    locked_until = CASE WHEN p_all THEN NULL ELSE locked_until END
  WHERE key = p_key
$$;

CREATE FUNCTION lw_login(p_email text) RETURNS TABLE (id uuid, password_hash text, password_place uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT l.id, l.password_hash, l.password_place FROM logins l WHERE l.email = p_email AND l.disabled_at IS NULL
$$;

-- The login of an address, made if there is none. An existing one keeps its name and password.
CREATE FUNCTION lw_create_login(p_id uuid, p_email text, p_name text, p_password_hash text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  found uuid;
BEGIN
  INSERT INTO logins (id, email, name, password_hash, created_at) VALUES (p_id, p_email, p_name, p_password_hash, clock_timestamp())
  ON CONFLICT (email) DO NOTHING RETURNING id INTO found;
  IF found IS NULL THEN
    SELECT l.id INTO found FROM logins l WHERE l.email = p_email;
  END IF;
  RETURN found;
END $$;

-- A new password ends every session of the login, and every link that lets somebody in as it. p_place: the only workspace that it opens; NULL: all of them.
CREATE FUNCTION lw_set_password(p_login uuid, p_password_hash text, p_place uuid DEFAULT NULL) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE logins SET password_hash = p_password_hash, password_place = p_place WHERE id = p_login;
  DELETE FROM sessions WHERE login_id = p_login;
  DELETE FROM sign_in_links WHERE login_id = p_login AND used_at IS NULL;
$$;

-- The login behind a user. Inside a transaction of the workspace only.
CREATE FUNCTION lw_login_of(p_workspace uuid, p_user uuid) RETURNS TABLE (id uuid, email text, password_hash text, password_place uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT l.id, l.email, l.password_hash, l.password_place FROM users u JOIN logins l ON l.id = u.login_id AND l.disabled_at IS NULL
  WHERE u.workspace_id = p_workspace AND u.id = p_user AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
$$;

-- The same password under newer parameters: sessions stay.
CREATE FUNCTION lw_rehash_password(p_login uuid, p_from text, p_to text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE logins SET password_hash = p_to WHERE id = p_login AND password_hash = p_from
$$;

-- Where a login may work.
CREATE FUNCTION lw_memberships(p_login uuid) RETURNS TABLE (workspace_id uuid, slug text, name text, user_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT w.id, w.slug, w.name, u.id FROM users u JOIN workspaces w ON w.id = u.workspace_id JOIN logins l ON l.id = u.login_id
  WHERE u.login_id = p_login AND u.archived_at IS NULL AND w.archived_at IS NULL AND l.disabled_at IS NULL
  ORDER BY w.slug
$$;

-- False when the login is no active member of the workspace. A session ends p_seconds after it was opened, and p_idle after it was last used.
CREATE FUNCTION lw_open_session(
  p_token_hash bytea, p_id uuid, p_login uuid, p_workspace uuid, p_via text, p_user_agent text, p_address text, p_seconds int, p_idle int
) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO sessions (token_hash, id, login_id, workspace_id, via, user_agent, address, created_at, seen_at, idle_seconds, expires_at, ends_at)
  SELECT p_token_hash, p_id, p_login, p_workspace, p_via, p_user_agent, p_address, t, t, p_idle,
    t + make_interval(secs => least(p_seconds, p_idle)), t + make_interval(secs => p_seconds)
  FROM lw_memberships(p_login) m, clock_timestamp() t WHERE m.workspace_id = p_workspace
  RETURNING true
$$;

-- Who a session token is; nothing when it is unknown, expired, or its user or workspace is put away. Notes the time, at most once a minute, and puts
-- its end off.
CREATE FUNCTION lw_session(p_token_hash bytea) RETURNS TABLE (workspace_id uuid, user_id uuid, name text, role text, grants jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT u.workspace_id, u.id, u.name, r.code, r.grants
    FROM sessions s
    JOIN workspaces w ON w.id = s.workspace_id AND w.archived_at IS NULL
    JOIN logins l ON l.id = s.login_id AND l.disabled_at IS NULL
    JOIN users u ON u.workspace_id = s.workspace_id AND u.login_id = s.login_id AND u.archived_at IS NULL
    JOIN roles r ON r.workspace_id = u.workspace_id AND r.id = u.role_id
    WHERE s.token_hash = p_token_hash AND s.expires_at > clock_timestamp();
  IF FOUND THEN
    UPDATE sessions s SET seen_at = t, expires_at = least(s.ends_at, t + make_interval(secs => s.idle_seconds))
    FROM clock_timestamp() t WHERE s.token_hash = p_token_hash AND s.seen_at < t - interval '1 minute';
  END IF;
END $$;

CREATE FUNCTION lw_close_session(p_token_hash bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  DELETE FROM sessions WHERE token_hash = p_token_hash
$$;

-- Ended sessions, spent links and old attempts, for the nightly sweep; returns how many rows went.
CREATE FUNCTION lw_sweep_access() RETURNS int
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH s AS (DELETE FROM sessions WHERE expires_at < clock_timestamp() RETURNING 1),
       l AS (DELETE FROM sign_in_links WHERE expires_at < clock_timestamp() - interval '1 day' RETURNING 1),
       a AS (DELETE FROM sign_in_attempts WHERE seen_at < clock_timestamp() - interval '1 day' RETURNING 1)
  SELECT ((SELECT count(*) FROM s) + (SELECT count(*) FROM l) + (SELECT count(*) FROM a))::int
$$;

-- A link that signs one user in once. False when the user cannot sign in. Inside a transaction of the workspace only.
CREATE FUNCTION lw_create_link(p_token_hash bytea, p_workspace uuid, p_user uuid, p_seconds int) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO sign_in_links (token_hash, login_id, workspace_id, created_at, expires_at)
  SELECT p_token_hash, u.login_id, u.workspace_id, t, t + make_interval(secs => p_seconds)
  FROM users u, clock_timestamp() t
  WHERE u.workspace_id = p_workspace AND u.id = p_user AND u.login_id IS NOT NULL AND u.archived_at IS NULL
    AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
  RETURNING true
$$;

CREATE FUNCTION lw_use_link(p_token_hash bytea) RETURNS TABLE (login_id uuid, workspace_id uuid)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE sign_in_links l SET used_at = clock_timestamp()
  WHERE l.token_hash = p_token_hash AND l.purpose = 'SIGN_IN' AND l.used_at IS NULL AND l.expires_at > clock_timestamp()
  RETURNING l.login_id, l.workspace_id
$$;
