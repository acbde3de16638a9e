-- Records in full: what companies were also called, what other currencies are worth, and which statuses and stages may follow which.
CREATE TABLE company_aliases (                -- other names of a company: former ones, short ones, those of what was merged into it
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  company_id uuid NOT NULL,
  name text NOT NULL,
  name_key text NOT NULL,                     -- normalized, legal forms removed
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, company_id, name_key),
  FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX company_aliases_name ON company_aliases (workspace_id, name_key);
CREATE TABLE exchange_rates (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  base text NOT NULL CHECK (base ~ '^[A-Z]{3}$'),
  from_on date NOT NULL,                      -- the first day it holds, until that of the next one
  rate double precision NOT NULL CHECK (rate > 0),
  factor double precision NOT NULL CHECK (factor > 0), -- between minor units: rate times 10 to the difference of their digits
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, base, currency, from_on)
);

-- An amount in the workspace's currency by the rate of a day; before the first rate by the first one. NULL: no amount, or no rate.
CREATE FUNCTION lw_base_minor(p_workspace uuid, p_base text, p_minor bigint, p_currency text, p_on date) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p_minor IS NULL OR p_currency = p_base THEN p_minor ELSE (
    SELECT round(p_minor * r.factor)::bigint FROM public.exchange_rates r
    WHERE r.workspace_id = p_workspace AND r.base = p_base AND r.currency = p_currency AND r.archived_at IS NULL
    ORDER BY r.from_on <= p_on DESC, CASE WHEN r.from_on <= p_on THEN p_on - r.from_on ELSE r.from_on - p_on END LIMIT 1) END
$$;

-- Which statuses may follow a status and which stages a stage, where the pipeline restricts it; read like link tables.
CREATE VIEW lead_status_nexts WITH (security_invoker = true) AS
  SELECT s.workspace_id, s.id AS from_id, n.id AS to_id FROM lead_statuses s, unnest(s.next_ids) AS n (id);
CREATE VIEW deal_stage_nexts WITH (security_invoker = true) AS
  SELECT s.workspace_id, s.id AS from_id, n.id AS to_id FROM deal_stages s, unnest(s.next_ids) AS n (id);
GRANT SELECT ON lead_status_nexts, deal_stage_nexts TO lw_app;

-- What the workspace says about itself, if it still is as the caller read it; only from inside that workspace. NULL: somebody was faster.
CREATE FUNCTION lw_set_workspace(p_workspace uuid, p_version int, p_name text, p_time_zone text, p_currency text, p_country text, p_locale text) RETURNS int
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE workspaces SET name = p_name, time_zone = p_time_zone, currency = p_currency, country = p_country, locale = p_locale, version = version + 1
  WHERE id = p_workspace AND version = p_version AND id = nullif(current_setting('app.workspace', true), '')::uuid RETURNING version
$$;

-- Row security and grants of the tables above, as 0009 gives them to the others.
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['company_aliases', 'exchange_rates'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
