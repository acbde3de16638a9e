-- Row security, forced, on every tenant table; grants by table; the seal of converted and merged leads.
-- Roles: lw_app (API and workers; owns nothing), lw_owner (runs this), NOLOGIN lw_search, lw_scheduler (own the definer functions) and lw_keeper
-- (may pass the seal; taken by SET LOCAL ROLE in merge, unmerge and erasure alone).
GRANT USAGE ON SCHEMA public TO lw_app, lw_search, lw_scheduler, lw_keeper;
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOR t IN
    SELECT c.relname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND c.relname NOT IN ('sessions', 'sign_in_links', 'api_keys', 'form_keys')
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    IF t = 'leads' THEN
      EXECUTE format('CREATE POLICY tenant_read ON %I FOR SELECT TO lw_app USING (%s)', t, mine);
      EXECUTE format('CREATE POLICY tenant_insert ON %I FOR INSERT TO lw_app WITH CHECK (%s)', t, mine);
      EXECUTE format('CREATE POLICY tenant_update ON %I FOR UPDATE TO lw_app USING (%s AND state NOT IN (''CONVERTED'', ''MERGED'')) WITH CHECK (%s)', t, mine, mine);
      EXECUTE format('CREATE POLICY tenant_delete ON %I FOR DELETE TO lw_app USING (%s AND state NOT IN (''CONVERTED'', ''MERGED''))', t, mine);
    ELSE
      EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    END IF;
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
-- History is written once.
REVOKE UPDATE, DELETE ON activities, activities_rest, consents, conversions, score_history, events, field_provenance FROM lw_app;
GRANT UPDATE (seq) ON events TO lw_app;
GRANT UPDATE, DELETE ON field_provenance TO lw_app;
REVOKE ALL ON activities_rest, work_history_rest FROM lw_app;
REVOKE DELETE ON people, leads, contacts, companies, deals, sends, suppressions, mail_addresses FROM lw_app;
-- The keeper passes the seal, column by column, inside the same workspace.
CREATE POLICY keeper ON leads TO lw_keeper
  USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
GRANT SELECT ON leads TO lw_keeper;
GRANT UPDATE (person_id, merged_into, snapshot, title, company_name, need, version, updated_at) ON leads TO lw_keeper;
GRANT SELECT ON work, events, workspaces TO lw_scheduler;
