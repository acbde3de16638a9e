-- Leads, contacts, companies, deals. Leads and deals move through pipelines; statuses and stages are data with a semantic type.
CREATE TABLE pipelines (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('LEAD', 'DEAL')),
  name text NOT NULL,
  is_default boolean NOT NULL DEFAULT false,
  close_days int NOT NULL DEFAULT 30,         -- a new deal's close date
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX pipelines_default ON pipelines (workspace_id, kind) WHERE is_default;
CREATE TABLE lead_statuses (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  pipeline_id uuid NOT NULL,
  name text NOT NULL,
  type text NOT NULL CHECK (type IN ('NEW', 'WORKING', 'NURTURING', 'QUALIFIED', 'CONVERTED', 'JUNK', 'MERGED')),
  position int NOT NULL,
  is_default boolean NOT NULL DEFAULT false,  -- of its type: where a lead of that type lands when none is named
  next_ids uuid[],                            -- allowed next statuses; NULL: any
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, pipeline_id) REFERENCES pipelines (workspace_id, id)
);
CREATE UNIQUE INDEX lead_statuses_default ON lead_statuses (workspace_id, pipeline_id, type) WHERE is_default;
CREATE TABLE deal_stages (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  pipeline_id uuid NOT NULL,
  name text NOT NULL,
  type text NOT NULL CHECK (type IN ('OPEN', 'WON', 'LOST')),
  position int NOT NULL,
  probability int NOT NULL CHECK (probability BETWEEN 0 AND 100),
  next_ids uuid[],                            -- allowed next open stages; NULL: any
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, pipeline_id) REFERENCES pipelines (workspace_id, id)
);
CREATE TABLE junk_reasons (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  counts_in_conversion boolean NOT NULL DEFAULT true,
  trains_model boolean NOT NULL DEFAULT true,
  recycle_after_days int,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, code)
);
CREATE TABLE close_reasons (                  -- why deals are won or lost
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('WON', 'LOST')),
  code text NOT NULL,
  name text NOT NULL,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, state, code)
);
CREATE TABLE companies (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  kind text NOT NULL DEFAULT 'COMPANY' CHECK (kind IN ('COMPANY', 'INDIVIDUAL')),
  name text NOT NULL,
  name_key text NOT NULL,                     -- normalized, legal forms removed
  domain text,                                -- the matching one; rows in company_domains are the truth
  website text,
  industry text,
  employees int CHECK (employees >= 0),
  revenue_minor bigint,
  currency text CHECK (currency ~ '^[A-Z]{3}$'),
  phone text,
  country text CHECK (country ~ '^[A-Z]{2}$'),
  region text,
  city text,
  postal_code text,
  street text,
  parent_id uuid,
  owner_id uuid,
  last_activity_at timestamptz,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  search_open text NOT NULL GENERATED ALWAYS AS (' ' || lw_fold(name || ' ' || coalesce(domain, '')) || ' ') STORED,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, parent_id) REFERENCES companies (workspace_id, id),
  FOREIGN KEY (workspace_id, owner_id) REFERENCES users (workspace_id, id)
);
CREATE INDEX companies_search ON companies USING gin (workspace_id, search_open gin_trgm_ops);
CREATE INDEX companies_parent ON companies (workspace_id, parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX companies_name ON companies (workspace_id, name, id);
CREATE INDEX companies_name_key ON companies (workspace_id, name_key);
CREATE INDEX companies_created ON companies (workspace_id, created_at DESC, id DESC);
CREATE INDEX companies_updated ON companies (workspace_id, updated_at DESC, id DESC);
CREATE TABLE company_domains (
  workspace_id uuid NOT NULL,
  domain text NOT NULL,
  company_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  match_primary boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, domain, company_id),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX company_domains_match ON company_domains (workspace_id, domain) WHERE match_primary;
CREATE INDEX company_domains_company ON company_domains (workspace_id, company_id);
CREATE TABLE company_keys (                   -- inserted first; its conflict is the lock that makes a company unique
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('DOMAIN', 'NAME')),
  key text NOT NULL,                          -- DOMAIN: registrable domain; NAME: name_key || chr(31) || country
  company_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, kind, key),
  FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX company_keys_company ON company_keys (workspace_id, company_id);
CREATE TABLE leads (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  pipeline_id uuid NOT NULL,
  status_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'CONVERTED', 'JUNK', 'MERGED')),
  intent text NOT NULL DEFAULT 'HAND_RAISE' CHECK (intent IN ('HAND_RAISE', 'CONTENT', 'EVENT', 'SUBSCRIBE')),
  owner_id uuid,
  source_id uuid,
  campaign_id uuid,
  title text,                                 -- as given
  company_name text,                          -- as given
  company_website text,
  industry text,
  employees int CHECK (employees >= 0),
  company_id uuid,                            -- matched
  company_match jsonb,                        -- {"state": "SUGGESTED"|"CONFIRMED", "by", "evidence"}
  need text,
  budget_minor bigint,
  currency text CHECK (currency ~ '^[A-Z]{3}$'),
  interest text,
  product_id uuid,
  referred_by_id uuid,
  repeat_of_id uuid,                          -- the closed lead this person had before
  snapshot jsonb,                             -- the person as of conversion, frozen
  junk_reason_id uuid,
  junk_note text,
  closed_at timestamptz,                      -- converted, junked or merged
  marketing_qualified_at timestamptz,
  sales_accepted_at timestamptz,
  sales_qualified_at timestamptz,
  recycle_at timestamptz,
  status_since timestamptz NOT NULL,
  last_activity_at timestamptz,
  merged_into uuid,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  search_open text NOT NULL GENERATED ALWAYS AS (' ' || lw_fold(coalesce(company_name, '') || ' ' || coalesce(title, '')) || ' ') STORED,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id),
  FOREIGN KEY (workspace_id, pipeline_id) REFERENCES pipelines (workspace_id, id),
  FOREIGN KEY (workspace_id, status_id) REFERENCES lead_statuses (workspace_id, id),
  FOREIGN KEY (workspace_id, owner_id) REFERENCES users (workspace_id, id),
  FOREIGN KEY (workspace_id, source_id) REFERENCES sources (workspace_id, id),
  FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
  FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id),
  FOREIGN KEY (workspace_id, product_id) REFERENCES products (workspace_id, id),
  FOREIGN KEY (workspace_id, referred_by_id) REFERENCES people (workspace_id, id),
  FOREIGN KEY (workspace_id, repeat_of_id) REFERENCES leads (workspace_id, id),
  FOREIGN KEY (workspace_id, junk_reason_id) REFERENCES junk_reasons (workspace_id, id),
  FOREIGN KEY (workspace_id, merged_into) REFERENCES leads (workspace_id, id)
);
CREATE UNIQUE INDEX leads_open ON leads (workspace_id, person_id, pipeline_id) WHERE state = 'OPEN';
CREATE INDEX leads_search ON leads USING gin (workspace_id, search_open gin_trgm_ops);
CREATE INDEX leads_person ON leads (workspace_id, person_id);
-- INCLUDE: capped counts are read from the index alone (1,000 rows of the table would be six times the cost).
CREATE INDEX leads_created ON leads (workspace_id, created_at DESC, id DESC) INCLUDE (archived_at, state);
CREATE INDEX leads_updated ON leads (workspace_id, updated_at DESC, id DESC);
CREATE INDEX leads_state_created ON leads (workspace_id, state, created_at DESC, id DESC) INCLUDE (archived_at);
CREATE INDEX leads_status ON leads (workspace_id, status_id, created_at DESC, id DESC) INCLUDE (archived_at, state);
CREATE INDEX leads_owner ON leads (workspace_id, owner_id, created_at DESC, id DESC) INCLUDE (archived_at, state);
CREATE INDEX leads_company ON leads (workspace_id, company_id, id);
CREATE INDEX leads_recycle ON leads (workspace_id, recycle_at) WHERE recycle_at IS NOT NULL AND state IN ('OPEN', 'JUNK');
CREATE TABLE lead_status_spans (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  lead_id uuid NOT NULL,
  status_id uuid NOT NULL,
  entered_at timestamptz NOT NULL,
  left_at timestamptz,
  actor text NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, status_id) REFERENCES lead_statuses (workspace_id, id)
);
CREATE UNIQUE INDEX lead_status_spans_current ON lead_status_spans (workspace_id, lead_id) WHERE left_at IS NULL;
CREATE INDEX lead_status_spans_lead ON lead_status_spans (workspace_id, lead_id, entered_at);
CREATE TABLE contacts (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  type text NOT NULL DEFAULT 'PROSPECT' CHECK (type IN ('CUSTOMER', 'FORMER_CUSTOMER', 'PROSPECT', 'PARTNER', 'SUPPLIER', 'AFFILIATE', 'OTHER')),
  owner_id uuid,
  company_id uuid,                            -- the primary company; contact_companies is the truth
  title text,
  source_id uuid,
  lead_id uuid,                               -- the lead it came from, if any
  left_company_at timestamptz,                -- when the last link to a company ended; NULL: at one
  last_activity_at timestamptz,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  search_open text NOT NULL GENERATED ALWAYS AS (' ' || lw_fold(coalesce(title, '')) || ' ') STORED,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, person_id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id),
  FOREIGN KEY (workspace_id, owner_id) REFERENCES users (workspace_id, id),
  FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id),
  FOREIGN KEY (workspace_id, source_id) REFERENCES sources (workspace_id, id),
  FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id)
);
CREATE INDEX contacts_search ON contacts USING gin (workspace_id, search_open gin_trgm_ops);
CREATE INDEX contacts_created ON contacts (workspace_id, created_at DESC, id DESC);
CREATE INDEX contacts_updated ON contacts (workspace_id, updated_at DESC, id DESC);
CREATE INDEX contacts_owner ON contacts (workspace_id, owner_id, created_at DESC, id DESC);
CREATE INDEX contacts_company ON contacts (workspace_id, company_id, id);
CREATE TABLE contact_companies (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  contact_id uuid NOT NULL,
  company_id uuid NOT NULL,
  role text,
  is_primary boolean NOT NULL DEFAULT false,
  from_on date,
  to_on date,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, contact_id, company_id),
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id)
);
CREATE UNIQUE INDEX contact_companies_primary ON contact_companies (workspace_id, contact_id) WHERE is_primary;
CREATE INDEX contact_companies_company ON contact_companies (workspace_id, company_id);
CREATE TABLE deals (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  pipeline_id uuid NOT NULL,
  stage_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'WON', 'LOST')),
  company_id uuid,
  owner_id uuid,
  amount_minor bigint,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  probability int NOT NULL CHECK (probability BETWEEN 0 AND 100),
  close_on date,
  base_minor bigint,                          -- the amount in the workspace's currency; NULL: no amount, or no rate
  base_currency text CHECK (base_currency ~ '^[A-Z]{3}$'),
  lead_id uuid,
  source_id uuid,
  campaign_id uuid,
  closed_at timestamptz,
  close_reason_id uuid,
  close_reason text,                          -- in words
  stage_since timestamptz NOT NULL,
  last_activity_at timestamptz,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  search_open text NOT NULL GENERATED ALWAYS AS (' ' || lw_fold(name) || ' ') STORED,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, pipeline_id) REFERENCES pipelines (workspace_id, id),
  FOREIGN KEY (workspace_id, stage_id) REFERENCES deal_stages (workspace_id, id),
  FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id),
  FOREIGN KEY (workspace_id, owner_id) REFERENCES users (workspace_id, id),
  FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id),
  FOREIGN KEY (workspace_id, source_id) REFERENCES sources (workspace_id, id),
  FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id),
  FOREIGN KEY (workspace_id, close_reason_id) REFERENCES close_reasons (workspace_id, id)
);
CREATE INDEX deals_search ON deals USING gin (workspace_id, search_open gin_trgm_ops);
CREATE INDEX deals_created ON deals (workspace_id, created_at DESC, id DESC);
CREATE INDEX deals_updated ON deals (workspace_id, updated_at DESC, id DESC);
CREATE INDEX deals_name ON deals (workspace_id, name, id);
CREATE INDEX deals_close ON deals (workspace_id, close_on, id);
CREATE INDEX deals_amount ON deals (workspace_id, amount_minor, id);
CREATE INDEX deals_stage ON deals (workspace_id, stage_id, created_at DESC, id DESC);
CREATE INDEX deals_owner ON deals (workspace_id, owner_id, created_at DESC, id DESC);
CREATE INDEX deals_company ON deals (workspace_id, company_id, id);
CREATE TABLE deal_stage_spans (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  deal_id uuid NOT NULL,
  stage_id uuid NOT NULL,
  entered_at timestamptz NOT NULL,
  left_at timestamptz,
  actor text NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, deal_id) REFERENCES deals (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, stage_id) REFERENCES deal_stages (workspace_id, id)
);
CREATE INDEX deal_stage_spans_deal ON deal_stage_spans (workspace_id, deal_id, entered_at);
CREATE UNIQUE INDEX deal_stage_spans_current ON deal_stage_spans (workspace_id, deal_id) WHERE left_at IS NULL;
CREATE TABLE deal_contacts (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  deal_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  role text NOT NULL DEFAULT 'OTHER' CHECK (role IN ('DECISION_MAKER', 'CHAMPION', 'EVALUATOR', 'PURCHASER', 'USER', 'OTHER')),
  is_primary boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, deal_id, contact_id),
  FOREIGN KEY (workspace_id, deal_id) REFERENCES deals (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id)
);
CREATE UNIQUE INDEX deal_contacts_primary ON deal_contacts (workspace_id, deal_id) WHERE is_primary;
CREATE INDEX deal_contacts_contact ON deal_contacts (workspace_id, contact_id);
CREATE TABLE deal_products (
  workspace_id uuid NOT NULL,
  deal_id uuid NOT NULL,
  product_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, deal_id, product_id),
  FOREIGN KEY (workspace_id, deal_id) REFERENCES deals (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, product_id) REFERENCES products (workspace_id, id)
);
CREATE TABLE conversions (                    -- its primary key makes two conversions of one lead impossible
  workspace_id uuid NOT NULL,
  lead_id uuid NOT NULL,
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  company_id uuid,
  deal_id uuid,
  request jsonb NOT NULL,                     -- what was asked, canonical
  fingerprint text NOT NULL,
  manifest jsonb NOT NULL,                    -- [{"noun", "id", "action": "CREATED"|"LINKED"|"FILLED", "fields"}]
  conflicts jsonb NOT NULL DEFAULT '[]',
  actor text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, lead_id),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id),
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id),
  FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id),
  FOREIGN KEY (workspace_id, deal_id) REFERENCES deals (workspace_id, id)
);
CREATE INDEX conversions_contact ON conversions (workspace_id, contact_id);
