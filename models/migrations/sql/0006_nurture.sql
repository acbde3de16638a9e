-- Consent, suppression, templates, sequences, enrollments and the send ledger.
CREATE TABLE topics (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('MARKETING', 'SALES', 'SERVICE')),
  basis text NOT NULL CHECK (basis IN ('CONSENT', 'LEGITIMATE_INTEREST', 'CONTRACT', 'SOFT_OPT_IN')),
  expires_after_days int,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, code)
);
CREATE TABLE mail_addresses (                 -- one row per address ever consented, written to or opted out; gate and opt-out lock it
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  hash bytea NOT NULL,                        -- HMAC-SHA256(pepper, normalized address): survives erasure
  last_sent_at timestamptz,
  paused_until timestamptz,                   -- the reader's wish on their page, or an out-of-office answer
  pause_reason text CHECK (pause_reason IN ('PERSON', 'OUT_OF_OFFICE')),
  untracked boolean NOT NULL DEFAULT false,   -- no tracked links, no pixel
  soft_bounces int NOT NULL DEFAULT 0,        -- in a row; a delivery, an answer or a click ends the row
  soft_bounced_at timestamptz,                -- the first of the row
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, hash)
);
CREATE TABLE consents (                       -- append-only; the latest row per address and topic counts
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  address_hash bytea NOT NULL,
  topic_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('GRANTED', 'WITHDRAWN')),
  basis text NOT NULL CHECK (basis IN ('CONSENT', 'LEGITIMATE_INTEREST', 'CONTRACT', 'SOFT_OPT_IN')),
  wording_version text,
  source text NOT NULL,
  ip inet,
  evidence jsonb NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL,
  expires_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id),
  FOREIGN KEY (workspace_id, address_hash) REFERENCES mail_addresses (workspace_id, hash),
  FOREIGN KEY (workspace_id, topic_id) REFERENCES topics (workspace_id, id)
);
CREATE INDEX consents_address ON consents (workspace_id, address_hash, topic_id, at DESC, id DESC);
CREATE INDEX consents_person ON consents (workspace_id, person_id, at DESC);
CREATE TABLE suppressions (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  address_hash bytea NOT NULL,
  topic_id uuid,                              -- NULL: every topic
  kind text NOT NULL CHECK (kind IN ('UNSUBSCRIBE', 'COMPLAINT', 'HARD_BOUNCE', 'IMPORT', 'MANUAL')),
  reason text,
  source text NOT NULL,
  send_id uuid,
  at timestamptz NOT NULL,
  lifted_at timestamptz,
  lifted_by text,
  lifted_reason text,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, address_hash) REFERENCES mail_addresses (workspace_id, hash),
  FOREIGN KEY (workspace_id, topic_id) REFERENCES topics (workspace_id, id)
);
CREATE UNIQUE INDEX suppressions_all ON suppressions (workspace_id, address_hash, kind) WHERE lifted_at IS NULL AND topic_id IS NULL;
CREATE UNIQUE INDEX suppressions_topic ON suppressions (workspace_id, address_hash, kind, topic_id) WHERE lifted_at IS NULL AND topic_id IS NOT NULL;
CREATE TABLE templates (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  subject text NOT NULL,
  html text NOT NULL,
  text text,                                  -- NULL: derived from html
  layout_id uuid,
  parts jsonb NOT NULL DEFAULT '{}',          -- all else that rendering needs: {"snippets": {name: {"html", "text"}}, "layout": {"html", "text"}, "custom": true}
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, name)
);
CREATE TABLE senders (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  channel text NOT NULL DEFAULT 'EMAIL' CHECK (channel IN ('EMAIL', 'WEBHOOK')),
  address text NOT NULL,                      -- WEBHOOK: the number or name it is from
  reply_to text,
  bounce_address text,                        -- what bounces go to, with the send's tag behind a plus; NULL: the address itself
  tags_replies boolean NOT NULL DEFAULT false, -- the tag behind a plus of reply_to as well
  is_default boolean NOT NULL DEFAULT false,
  owner_id uuid,                              -- the user whose mail leaves by it
  provider text CHECK (provider IN ('SES', 'POSTMARK', 'MAILGUN', 'SENDGRID')),
  host text,                                  -- NULL: the installation's mail server
  port int CHECK (port BETWEEN 1 AND 65535),
  login text,
  security text CHECK (security IN ('TLS', 'STARTTLS', 'NONE')),
  url text,                                   -- WEBHOOK: where messages are posted
  secret_ciphertext bytea,                    -- the password, or what messages are signed with
  secret_key_id text,
  dkim_domain text,
  dkim_selector text,
  dkim_public text,                           -- base64 of the public key, as it stands in DNS
  dkim_ciphertext bytea,
  dkim_key_id text,
  failures int NOT NULL DEFAULT 0,            -- in a row
  failing_since timestamptz,
  retry_at timestamptz,                       -- the breaker is open until then
  last_error text,
  tested_at timestamptz,                      -- when it last worked for a test or a mail after failures
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, owner_id) REFERENCES users (workspace_id, id)
);
CREATE UNIQUE INDEX senders_default ON senders (workspace_id) WHERE is_default;
CREATE INDEX senders_owner ON senders (workspace_id, owner_id) WHERE owner_id IS NOT NULL;
CREATE TABLE sequences (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'LIVE', 'PAUSED', 'ARCHIVED')),
  audience text NOT NULL DEFAULT 'LEADS' CHECK (audience IN ('LEADS', 'CONTACTS', 'BOTH')),
  topic_id uuid NOT NULL,
  sender_id uuid,
  live_version_id uuid,
  entry jsonb NOT NULL DEFAULT '{}',          -- {"capture": {"intents": [...], "source_ids": [...]}, "score": {"at_least": 40}, "event": {...}, "segment": {...}}
  exit_on jsonb NOT NULL DEFAULT '["REPLY", "HAND_RAISE", "UNSUBSCRIBE", "CONVERSION", "JUNK", "HARD_BOUNCE", "COMPLAINT"]',
  reentry text NOT NULL DEFAULT 'NEVER' CHECK (reentry IN ('NEVER', 'AFTER_EXIT')),
  reentry_days int CHECK (reentry_days > 0),  -- at least so long after having left
  goal jsonb,                                 -- {"event": "MEETING_BOOKED"} or {"where": {...}}: whoever is there leaves
  exclusivity text NOT NULL DEFAULT 'NONE' CHECK (exclusivity IN ('NONE', 'EXCLUSIVE', 'ALONE')),
  company_reply text NOT NULL DEFAULT 'NOTHING' CHECK (company_reply IN ('NOTHING', 'PAUSE', 'EXIT')),
  touch_gap_hours int CHECK (touch_gap_hours > 0), -- entry waits so long after the last touch
  sunset_days int CHECK (sunset_days > 0),    -- who got mail for so long without a sign of life gets no more
  paused_at timestamptz,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, name),
  FOREIGN KEY (workspace_id, topic_id) REFERENCES topics (workspace_id, id),
  FOREIGN KEY (workspace_id, sender_id) REFERENCES senders (workspace_id, id)
);
CREATE TABLE sequence_versions (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  sequence_id uuid NOT NULL,
  number int NOT NULL,
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'LIVE', 'RETIRED')),
  steps jsonb NOT NULL,                       -- [{"id", "kind": "EMAIL"|"WAIT"|…, ...}] in order; frozen once live
  credential text,                            -- who published it, with whose rights of that day it writes fields; NULL: the system's
  published_at timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, sequence_id, number),
  FOREIGN KEY (workspace_id, sequence_id) REFERENCES sequences (workspace_id, id)
);
CREATE UNIQUE INDEX sequence_versions_live ON sequence_versions (workspace_id, sequence_id) WHERE state = 'LIVE';
CREATE TABLE enrollments (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  sequence_id uuid NOT NULL,
  version_id uuid NOT NULL,
  person_id uuid NOT NULL,
  address_hash bytea,                         -- exclusivity by address
  state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'COMPLETED', 'EXITED')),
  step text NOT NULL,                         -- id of the step it stands at
  visit int NOT NULL DEFAULT 1,               -- the round: one more whenever it goes back, so that (step, visit) comes once
  arrived_at timestamptz NOT NULL,            -- at the step
  due_at timestamptz,                         -- NULL: waits for an outcome, or is paused
  awaits uuid,                                -- what it waits for: a task
  entered_by text NOT NULL CHECK (entered_by IN ('HAND', 'CAPTURE', 'SCORE', 'SEGMENT', 'API', 'AUTOMATION', 'EVENT', 'SEQUENCE')),
  hops int NOT NULL DEFAULT 0,                -- sequences that started one another before this one
  goal_at timestamptz,                        -- when it reached a goal
  paused_at timestamptz,
  paused_until timestamptz,                   -- NULL while paused: until somebody resumes it
  resume_due_at timestamptz,                  -- what due_at was when it was paused
  skip_until timestamptz,                     -- mail that was due before this instant is left out
  exit_reason text,
  ended_at timestamptz,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, sequence_id) REFERENCES sequences (workspace_id, id),
  FOREIGN KEY (workspace_id, version_id) REFERENCES sequence_versions (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id)
);
CREATE UNIQUE INDEX enrollments_active ON enrollments (workspace_id, sequence_id, person_id) WHERE state = 'ACTIVE';
CREATE UNIQUE INDEX enrollments_address ON enrollments (workspace_id, sequence_id, address_hash) WHERE state = 'ACTIVE' AND address_hash IS NOT NULL;
CREATE INDEX enrollments_due ON enrollments (workspace_id, due_at, id) WHERE state = 'ACTIVE';
CREATE INDEX enrollments_person ON enrollments (workspace_id, person_id);
CREATE INDEX enrollments_sequence ON enrollments (workspace_id, sequence_id, created_at DESC, id DESC);
CREATE INDEX enrollments_awaits ON enrollments (workspace_id, awaits) WHERE awaits IS NOT NULL;
CREATE TABLE enrollment_steps (               -- where an enrollment has been, one row per visit
  workspace_id uuid NOT NULL,
  enrollment_id uuid NOT NULL,
  step text NOT NULL,
  visit int NOT NULL,
  entered_at timestamptz NOT NULL,
  left_at timestamptz,
  outcome text,
  PRIMARY KEY (workspace_id, enrollment_id, step, visit),
  FOREIGN KEY (workspace_id, enrollment_id) REFERENCES enrollments (workspace_id, id) ON DELETE CASCADE
);
CREATE TABLE sequence_blocks (                -- removed by hand: no automatic entry again
  workspace_id uuid NOT NULL,
  sequence_id uuid NOT NULL,
  person_id uuid NOT NULL,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  PRIMARY KEY (workspace_id, sequence_id, person_id),
  FOREIGN KEY (workspace_id, sequence_id) REFERENCES sequences (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id)
);
CREATE TABLE sends (                          -- the ledger: what left, what did not, and why
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  person_id uuid,                             -- NULL: to a user, or to somebody not known yet
  user_id uuid,                               -- to whom of us (DIGEST, SECURITY, TEST), or who wrote it (ONE_TO_ONE)
  enrollment_id uuid,
  step text NOT NULL DEFAULT '',
  visit int NOT NULL DEFAULT 1,
  mail_class text NOT NULL
    CHECK (mail_class IN ('SEQUENCE', 'BROADCAST', 'ONE_TO_ONE', 'TEST', 'DOUBLE_OPT_IN', 'SECURITY', 'DIGEST')),
  sender_id uuid,
  answers_id uuid,                            -- the send whose thread it goes on with
  topic_id uuid,
  template_id uuid,
  template_version int,
  sender_address text NOT NULL,
  sender_name text,
  address text NOT NULL,
  address_hash bytea NOT NULL,
  message_id text NOT NULL,                   -- stored before any network
  subject text,                               -- as rendered
  words_ciphertext bytea,                     -- subject, HTML and text of a mail without template; gone once it was sent
  words_key_id text,
  state text NOT NULL DEFAULT 'PLANNED' CHECK (state IN ('PLANNED', 'SENDING', 'SENT', 'REJECTED', 'DEFERRED', 'AMBIGUOUS', 'SKIPPED')),
  reason text,                                -- why skipped, rejected, deferred or held
  reply text,                                 -- the server's last words
  lease uuid,                                 -- of the job that committed SENDING
  planned_at timestamptz NOT NULL,
  sending_at timestamptz,
  ended_at timestamptz,
  opened_at timestamptz,
  clicked_at timestamptz,
  replied_at timestamptz,
  bounced_at timestamptz,
  complained_at timestamptz,
  evidence text CHECK (evidence IN ('DELIVERED', 'BOUNCE', 'COMPLAINT', 'OPEN', 'CLICK', 'REPLY')),  -- what first showed that it had left
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  CHECK (person_id IS NOT NULL OR enrollment_id IS NULL),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id),
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id),
  FOREIGN KEY (workspace_id, sender_id) REFERENCES senders (workspace_id, id),
  FOREIGN KEY (workspace_id, answers_id) REFERENCES sends (workspace_id, id),
  FOREIGN KEY (workspace_id, enrollment_id) REFERENCES enrollments (workspace_id, id),
  FOREIGN KEY (workspace_id, topic_id) REFERENCES topics (workspace_id, id),
  FOREIGN KEY (workspace_id, template_id) REFERENCES templates (workspace_id, id),
  FOREIGN KEY (workspace_id, address_hash) REFERENCES mail_addresses (workspace_id, hash)
);
CREATE UNIQUE INDEX sends_step ON sends (workspace_id, enrollment_id, step, visit) WHERE enrollment_id IS NOT NULL;
CREATE UNIQUE INDEX sends_message ON sends (workspace_id, message_id);
CREATE INDEX sends_person ON sends (workspace_id, person_id, planned_at DESC);
CREATE INDEX sends_open ON sends (workspace_id, state, planned_at) WHERE state IN ('PLANNED', 'SENDING', 'DEFERRED', 'AMBIGUOUS');
CREATE INDEX sends_sender ON sends (workspace_id, sender_id) WHERE state IN ('PLANNED', 'SENDING', 'DEFERRED', 'AMBIGUOUS');
CREATE TABLE segments (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  noun text NOT NULL CHECK (noun IN ('Person', 'Lead', 'Contact', 'Company')),
  kind text NOT NULL DEFAULT 'DYNAMIC' CHECK (kind IN ('STATIC', 'DYNAMIC', 'SNAPSHOT')),
  filter jsonb,                               -- the `where` tree as JSON
  filter_version int NOT NULL DEFAULT 1,
  computed_version int,                       -- of the filter that its members follow; NULL: never computed
  uses uuid[] NOT NULL DEFAULT '{}',          -- segments that its filter names
  custom_fields text[] NOT NULL DEFAULT '{}', -- the workspace's own fields that its filter names: "Lead.budget_code"
  member_count bigint NOT NULL DEFAULT 0,
  refresh_minutes int NOT NULL DEFAULT 15 CHECK (refresh_minutes BETWEEN 1 AND 1440),
  refreshed_at timestamptz,
  took_ms int,
  due_at timestamptz,                         -- when it is computed again; NULL: by hand alone
  problem text,                               -- why its members may not be those of its filter
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, name)
);
CREATE TABLE segment_members (
  workspace_id uuid NOT NULL,
  segment_id uuid NOT NULL,
  record_id uuid NOT NULL,
  entered_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, segment_id, record_id),
  FOREIGN KEY (workspace_id, segment_id) REFERENCES segments (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX segment_members_record ON segment_members (workspace_id, record_id);
