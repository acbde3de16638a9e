-- What comes back: the inboxes of a workspace, and each message that came into one, with what became of it.
CREATE TABLE inboxes (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('WEBHOOK', 'IMAP', 'DIRECTORY')),
  provider text NOT NULL DEFAULT 'LEADWELL' CHECK (provider IN ('LEADWELL', 'SES', 'POSTMARK', 'MAILGUN', 'SENDGRID')),
  key text NOT NULL,                          -- behind the plus of the address by which sellers log their own mail
  host text,
  port int CHECK (port BETWEEN 1 AND 65535),
  login text,
  security text CHECK (security IN ('TLS', 'NONE')),
  folder text,                                -- of the mailbox, or below LEADWELL_MAIL_DIR
  secret_ciphertext bytea,                    -- the password, or what proves whose events they are
  secret_key_id text,
  topic text,                                 -- of Amazon SNS: the one whose subscription was confirmed, and no other
  is_active boolean NOT NULL DEFAULT true,
  read_at timestamptz,                        -- when it was last read, or something last came
  failing_since timestamptz,
  last_error text,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE TABLE inbound_messages (                   -- the log of what came back, each once
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  inbox_id uuid,                              -- NULL: told by a client with a key of its own
  external_id text NOT NULL,                  -- the Message-ID, or the provider's id of the event
  kind text NOT NULL
    CHECK (kind IN ('REPLY', 'AUTO_REPLY', 'BOUNCE', 'DELAY', 'COMPLAINT', 'DELIVERED', 'OPEN', 'CLICK', 'UNSUBSCRIBE', 'LOGGED', 'OTHER')),
  state text NOT NULL CHECK (state IN ('TAKEN', 'PARKED', 'DISMISSED')),
  reason text,                                -- why it is parked
  matched_by text CHECK (matched_by IN ('MESSAGE_ID', 'TAG', 'ADDRESS', 'HAND')),
  send_id uuid,
  person_id uuid,
  sender text,
  recipient text,
  subject text,
  status text,                                -- enhanced status code of a bounce
  hard boolean,
  letter bytea,                               -- of a parked message, as it came; gone once it is settled
  at timestamptz NOT NULL,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, external_id),
  FOREIGN KEY (workspace_id, inbox_id) REFERENCES inboxes (workspace_id, id),
  FOREIGN KEY (workspace_id, send_id) REFERENCES sends (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id)
);
CREATE INDEX inbound_messages_parked ON inbound_messages (workspace_id, created_at DESC, id DESC) WHERE state = 'PARKED';
CREATE INDEX inbound_messages_person ON inbound_messages (workspace_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX inbound_messages_send ON inbound_messages (workspace_id, send_id) WHERE send_id IS NOT NULL;
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['inboxes', 'inbound_messages'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
