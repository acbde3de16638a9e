-- Merges of people and companies: what was decided, and a manifest of every row that moved, went or changed.
CREATE TABLE merges (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  noun text NOT NULL CHECK (noun IN ('PERSON', 'COMPANY')),
  survivor_id uuid NOT NULL,
  loser_ids uuid[] NOT NULL,
  folds jsonb NOT NULL,                       -- [{"noun", "survivor", "losers"}] by opaque ids: also the leads, contacts and companies that became one
  plan_hash text NOT NULL,
  conflicts jsonb NOT NULL DEFAULT '[]',      -- [{"noun", "field", "kept", "lost": [{"id", "value"}]}]
  actor text NOT NULL,
  at timestamptz NOT NULL,
  unmerged_at timestamptz,
  unmerged_by text,
  blanked_at timestamptz,                     -- its values were erased with a person; it is not taken back any more
  remains jsonb,                              -- what unmerging could not split: [{"table", "reason", "count", "keys"}]
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX merges_at ON merges (workspace_id, at DESC, id DESC);
CREATE INDEX merges_survivor ON merges (workspace_id, survivor_id, at DESC);
CREATE INDEX merges_losers ON merges USING gin (loser_ids);
CREATE TABLE merge_rows (                     -- written once; unmerge goes through the steps backwards
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  merge_id uuid NOT NULL,
  step int NOT NULL,                          -- rows of one step carry the same columns
  action text NOT NULL CHECK (action IN ('MOVED', 'CHANGED', 'REMOVED', 'ADDED')),
  table_name text NOT NULL,
  keys jsonb NOT NULL,                        -- of up to a thousand rows that changed alike: [{column: value}], but for the column that changed
  before jsonb,                               -- columns as they were; of a removed row all of them
  after jsonb,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, merge_id) REFERENCES merges (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX merge_rows_merge ON merge_rows (workspace_id, merge_id, step, id);

DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['merges', 'merge_rows'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
  END LOOP;
  -- The keeper repoints what is written once, and says so in the manifest; with an erased person it empties manifests.
  FOREACH t IN ARRAY ARRAY['merges', 'merge_rows', 'conversions', 'consents'] LOOP
    EXECUTE format('CREATE POLICY keeper ON %I TO lw_keeper USING (%s) WITH CHECK (%s)', t, mine, mine);
  END LOOP;
END $$;
GRANT SELECT, INSERT ON merges, merge_rows TO lw_app;
GRANT UPDATE (unmerged_at, unmerged_by, remains) ON merges TO lw_app;
GRANT SELECT, INSERT, DELETE ON merge_rows TO lw_keeper;  -- deleted by the erasure of a person alone
GRANT SELECT, UPDATE (conflicts, remains, blanked_at) ON merges TO lw_keeper;
GRANT SELECT ON conversions, consents TO lw_keeper;
GRANT UPDATE (company_id, referred_by_id) ON leads TO lw_keeper;
GRANT UPDATE (person_id, contact_id, company_id) ON conversions TO lw_keeper;
GRANT UPDATE (person_id) ON consents TO lw_keeper;

-- Opens again the leads that a merge ended, as its manifest has them: the one way out of MERGED. Answers the manifest rows it followed.
CREATE FUNCTION lw_reopen_merged(p_workspace uuid, p_merge uuid, p_step int, p_at timestamptz) RETURNS SETOF uuid
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE leads l SET state = 'OPEN', status_id = b.status_id, status_since = b.status_since, closed_at = b.closed_at, merged_into = NULL,
    version = l.version + 1, updated_at = p_at
  FROM merge_rows m, jsonb_populate_record(NULL::leads, m.before) b
  WHERE m.workspace_id = p_workspace AND m.merge_id = p_merge AND m.step = p_step AND m.table_name = 'leads' AND m.after ->> 'state' = 'MERGED'
    AND l.workspace_id = p_workspace AND l.id = (m.keys -> 0 ->> 'id')::uuid AND l.state = 'MERGED' AND b.state = 'OPEN'
    AND p_workspace = nullif(current_setting('app.workspace', true), '')::uuid
  RETURNING m.id
$$;
