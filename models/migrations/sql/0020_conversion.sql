-- Conversions completed later: what was forgotten, attached without reopening the lead.
CREATE TABLE conversion_amendments (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  lead_id uuid NOT NULL,
  request jsonb NOT NULL,                     -- what was asked, canonical
  fingerprint text NOT NULL,
  manifest jsonb NOT NULL,                    -- as that of conversions
  conflicts jsonb NOT NULL DEFAULT '[]',
  actor text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, lead_id) REFERENCES conversions (workspace_id, lead_id)
);
CREATE INDEX conversion_amendments_lead ON conversion_amendments (workspace_id, lead_id, at);
DO $$
DECLARE
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  ALTER TABLE conversion_amendments ENABLE ROW LEVEL SECURITY;
  ALTER TABLE conversion_amendments FORCE ROW LEVEL SECURITY;
  CREATE POLICY owner ON conversion_amendments TO lw_owner USING (true) WITH CHECK (true);
  CREATE POLICY definers ON conversion_amendments FOR SELECT TO lw_search, lw_scheduler USING (true);
  EXECUTE format('CREATE POLICY tenant ON conversion_amendments TO lw_app USING (%s) WITH CHECK (%s)', mine, mine);
END $$;
GRANT SELECT, INSERT ON conversion_amendments TO lw_app;
-- Says in a conversion what an amendment attached: a deal where there was none, a company where there was none but the person's own. The one way
-- to change a conversion, besides merging; the person is locked by the caller. False: it has both already.
CREATE FUNCTION lw_amend_conversion(p_workspace uuid, p_lead uuid, p_company uuid, p_deal uuid) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE conversions v SET deal_id = coalesce(v.deal_id, p_deal), company_id = coalesce(p_company, v.company_id)
  WHERE v.workspace_id = p_workspace AND v.lead_id = p_lead AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
    AND (p_deal IS NULL OR v.deal_id IS NULL)
    AND (p_company IS NULL OR NOT EXISTS (
      SELECT 1 FROM companies c WHERE c.workspace_id = p_workspace AND c.id = v.company_id AND c.kind = 'COMPANY' AND c.id <> p_company))
  RETURNING true
$$;
