-- The doors of public forms: a key leads to a workspace and a form, and to nothing else.
CREATE FUNCTION lw_form(p_key text) RETURNS TABLE (workspace_id uuid, form_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT f.workspace_id, f.form_id FROM form_keys f JOIN workspaces w ON w.id = f.workspace_id AND w.archived_at IS NULL WHERE f.key = p_key
$$;

-- Gives a form its key, inside the caller's own workspace only.
CREATE FUNCTION lw_put_form_key(p_workspace uuid, p_key text, p_form uuid) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO form_keys (key, workspace_id, form_id)
  SELECT p_key, p_workspace, f.id FROM forms f
  WHERE f.workspace_id = p_workspace AND f.id = p_form AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
  RETURNING true
$$;
