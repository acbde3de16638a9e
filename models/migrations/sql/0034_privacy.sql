-- Privacy: access exports, erasures and retention with their receipts; how long what is kept; and what erasure may do with rows that are written once.
CREATE TABLE privacy_requests (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('ACCESS', 'ERASURE', 'RETENTION')),
  rule text CHECK (rule IN ('SUBMISSIONS', 'JUNK_LEADS', 'IDLE_LEADS', 'MAIL_BODIES', 'WEBHOOK_BODIES', 'VISITORS')),
  state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'DONE', 'CANCELED', 'FAILED')),
  person_id uuid,                             -- NULL: retention
  people uuid[] NOT NULL DEFAULT '{}',        -- whom it is about, and everybody who went up in them
  step int NOT NULL DEFAULT 0,                -- parts of the table of erasure that are done
  before timestamptz,                         -- of retention: what is older
  counts jsonb NOT NULL DEFAULT '{}',         -- {table: rows}
  kept jsonb NOT NULL DEFAULT '{}',           -- {table: rows}
  people_count int NOT NULL DEFAULT 0,
  receipt text,                               -- sha256 over what was done, hexadecimal
  size bigint NOT NULL DEFAULT 0,
  actor text NOT NULL,
  reason text,
  error text,
  finished_at timestamptz,
  sealed_ciphertext bytea,                    -- addresses and numbers to look for while it runs; gone when it is done
  sealed_key_id text,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id)
);
CREATE INDEX privacy_requests_created ON privacy_requests (workspace_id, created_at DESC, id DESC);
CREATE INDEX privacy_requests_updated ON privacy_requests (workspace_id, updated_at DESC, id DESC);
CREATE INDEX privacy_requests_running ON privacy_requests (workspace_id, id) WHERE state = 'RUNNING';
CREATE INDEX privacy_requests_person ON privacy_requests (workspace_id, person_id) WHERE person_id IS NOT NULL;
CREATE TABLE retention_rules (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('SUBMISSIONS', 'JUNK_LEADS', 'IDLE_LEADS', 'MAIL_BODIES', 'WEBHOOK_BODIES', 'VISITORS')),
  months int NOT NULL CHECK (months BETWEEN 1 AND 240),
  actor text NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, kind)
);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX redirects_new ON redirects (workspace_id, new_id);
-- By which an erasure finds what is about a person.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX tasks_contact ON tasks (workspace_id, contact_id) WHERE contact_id IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX suppressions_address ON suppressions (workspace_id, address_hash);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX inbound_messages_unknown ON inbound_messages (workspace_id, id) WHERE person_id IS NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX webhook_deliveries_about ON webhook_deliveries (workspace_id, event_id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX notifications_record ON notifications (workspace_id, record_id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX purchases_person ON purchases (workspace_id, person_id) WHERE person_id IS NOT NULL;
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['privacy_requests', 'retention_rules'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['activities', 'conversion_amendments'] LOOP
    EXECUTE format('CREATE POLICY keeper ON %I TO lw_keeper USING (%s) WITH CHECK (%s)', t, mine, mine);
  END LOOP;
END $$;
REVOKE DELETE ON privacy_requests FROM lw_app;
-- Written once, and blanked with a person alone.
GRANT SELECT, UPDATE (subject, body, outcome, source, external_id, data) ON activities TO lw_keeper;
GRANT UPDATE (company_website, industry, employees, company_match, interest, junk_note, archived_at) ON leads TO lw_keeper;
GRANT UPDATE (request, conflicts) ON conversions TO lw_keeper;
GRANT SELECT, UPDATE (request, conflicts) ON conversion_amendments TO lw_keeper;
GRANT UPDATE (ip, evidence, wording_version, source), DELETE ON consents TO lw_keeper;
