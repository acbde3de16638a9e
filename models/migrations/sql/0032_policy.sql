-- API keys: their secrets, of which two are live at most, and the functions behind making, bounding, rotating, ending and recognizing them.
CREATE TABLE api_key_secrets (
  secret_hash bytea PRIMARY KEY,              -- sha256; the secret is random, so no slow hash is needed
  key_id uuid NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
  prefix text NOT NULL,                       -- lw_live_ab12cd34: what a list may show
  created_at timestamptz NOT NULL,
  ends_at timestamptz,                        -- NULL: with its key
  used_at timestamptz,                        -- coarse: at most once a minute
  used_from text                              -- the address it was used from then
);
CREATE INDEX api_key_secrets_key ON api_key_secrets (key_id, created_at);

-- Keys are made, listed, changed, rotated and revoked inside a transaction of their own workspace only.
CREATE FUNCTION lw_create_key(
  p_id uuid, p_workspace uuid, p_name text, p_prefix text, p_secret_hash bytea, p_scopes text[], p_bounds jsonb, p_created_by uuid, p_expires_at timestamptz
) RETURNS timestamptz
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH made AS (
    INSERT INTO api_keys (id, workspace_id, name, scopes, bounds, created_by, created_at, expires_at)
    SELECT p_id, p_workspace, p_name, p_scopes, p_bounds, p_created_by, clock_timestamp(), p_expires_at
    WHERE p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
    RETURNING id, created_at
  )
  INSERT INTO api_key_secrets (secret_hash, key_id, prefix, created_at) SELECT p_secret_hash, m.id, p_prefix, m.created_at FROM made m
  RETURNING created_at
$$;

-- With their secrets, newest first: [{"prefix", "created_at", "ends_at", "used_at", "used_from"}].
CREATE FUNCTION lw_keys(p_workspace uuid, p_id uuid DEFAULT NULL)
RETURNS TABLE (id uuid, name text, scopes text[], bounds jsonb, created_by uuid, version int, created_at timestamptz, expires_at timestamptz, revoked_at timestamptz, secrets jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT k.id, k.name, k.scopes, k.bounds, k.created_by, k.version, k.created_at, k.expires_at, k.revoked_at,
    (SELECT jsonb_agg(to_jsonb(s) - 'secret_hash' - 'key_id' ORDER BY s.created_at DESC) FROM api_key_secrets s WHERE s.key_id = k.id)
  FROM api_keys k
  WHERE k.workspace_id = p_workspace AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid AND (p_id IS NULL OR k.id = p_id)
  ORDER BY k.created_at DESC, k.id
$$;

-- The new version; NULL when there is no such key of that version that works.
CREATE FUNCTION lw_update_key(p_workspace uuid, p_id uuid, p_version int, p_name text, p_scopes text[], p_bounds jsonb, p_expires_at timestamptz) RETURNS int
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE api_keys k SET name = p_name, scopes = p_scopes, bounds = p_bounds, expires_at = p_expires_at, version = k.version + 1
  WHERE k.workspace_id = p_workspace AND k.id = p_id AND k.version = p_version AND k.revoked_at IS NULL
    AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
  RETURNING k.version
$$;

-- A second secret; the one before it lives until p_ends_at, or ends now. False when two live already and p_ends_at is to come; NULL when there is no such key.
CREATE FUNCTION lw_rotate_key(p_workspace uuid, p_id uuid, p_prefix text, p_secret_hash bytea, p_ends_at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  t timestamptz;
BEGIN
  PERFORM 1 FROM api_keys k WHERE k.workspace_id = p_workspace AND k.id = p_id AND k.revoked_at IS NULL
    AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid FOR UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  t := clock_timestamp();
  IF p_ends_at > t AND (SELECT count(*) FROM api_key_secrets s WHERE s.key_id = p_id AND (s.ends_at IS NULL OR s.ends_at > t)) > 1 THEN
    RETURN false;
  END IF;
  UPDATE api_key_secrets s SET ends_at = greatest(p_ends_at, t) WHERE s.key_id = p_id AND (s.ends_at IS NULL OR s.ends_at > t);
  INSERT INTO api_key_secrets (secret_hash, key_id, prefix, created_at) VALUES (p_secret_hash, p_id, p_prefix, t);
  RETURN true;
END $$;

-- Ends every secret of a key but the newest; how many.
CREATE FUNCTION lw_end_secrets(p_workspace uuid, p_id uuid) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH ended AS (
    UPDATE api_key_secrets s SET ends_at = clock_timestamp()
    FROM api_keys k
    WHERE k.workspace_id = p_workspace AND k.id = p_id AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
      AND s.key_id = k.id AND s.ends_at > clock_timestamp()
    RETURNING 1
  )
  SELECT count(*) FROM ended
$$;

-- True also when the key was revoked before; NULL when there is no such key.
CREATE FUNCTION lw_revoke_key(p_workspace uuid, p_id uuid) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE api_keys k SET revoked_at = coalesce(k.revoked_at, clock_timestamp())
  WHERE k.workspace_id = p_workspace AND k.id = p_id AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
  RETURNING true
$$;

-- Who a key is, and whether its use is to be noted; nothing when it is unknown, revoked or has ended. Writes nothing, so that nobody waits for that.
CREATE FUNCTION lw_key(p_secret_hash bytea) RETURNS TABLE (workspace_id uuid, id uuid, name text, scopes text[], bounds jsonb, due boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT k.workspace_id, k.id, k.name, k.scopes, k.bounds, s.used_at IS NULL OR s.used_at < clock_timestamp() - interval '1 minute'
  FROM api_key_secrets s
  JOIN api_keys k ON k.id = s.key_id AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
  JOIN workspaces w ON w.id = k.workspace_id AND w.archived_at IS NULL
  WHERE s.secret_hash = p_secret_hash AND (s.ends_at IS NULL OR s.ends_at > clock_timestamp())
$$;

-- Notes a use, at most once a minute whatever many processes saw.
CREATE FUNCTION lw_key_used(p_secret_hash bytea, p_from text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE api_key_secrets s SET used_at = clock_timestamp(), used_from = p_from
  WHERE s.secret_hash = p_secret_hash AND (s.used_at IS NULL OR s.used_at < clock_timestamp() - interval '1 minute')
$$;
