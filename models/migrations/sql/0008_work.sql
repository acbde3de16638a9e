-- What happened (events), what is to be done (work), answers to keep (idempotency), webhooks.
CREATE TABLE events (                         -- outbox, field history and audit in one
  workspace_id uuid NOT NULL,                 -- row security holds it: the check of a foreign key costs more than the row
  id uuid NOT NULL,
  seq bigint,                                 -- given per workspace after commit by the sequencer; readers go by it alone
  kind text NOT NULL,
  noun text NOT NULL,
  record_id uuid NOT NULL,
  person_id uuid,
  version int,
  actor text NOT NULL,                        -- "USER:<id>", "KEY:<id>", "SYSTEM", "PERSON:<id>"
  credential text,
  request_id text NOT NULL,
  cause_id uuid,
  hops smallint NOT NULL DEFAULT 0,
  at timestamptz NOT NULL,
  data jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX events_seq ON events (workspace_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX events_unsequenced ON events (workspace_id, id) WHERE seq IS NULL;
CREATE INDEX events_record ON events (workspace_id, record_id, id DESC);
CREATE INDEX events_person ON events (workspace_id, person_id, id DESC) WHERE person_id IS NOT NULL;
CREATE TABLE event_cursors (                  -- one row per workspace: the sequencer's fence and last number
  workspace_id uuid PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
  last_seq bigint NOT NULL DEFAULT 0
);
CREATE TABLE event_readers (                  -- how far each durable reader has come
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  reader text NOT NULL,
  seq bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, reader)
);
CREATE TABLE idempotency (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  key text NOT NULL,                          -- credential, then the caller's key, then the field's path
  operation text NOT NULL,
  fingerprint text NOT NULL,                  -- of the canonical input, without key, version and selection
  result jsonb NOT NULL,                      -- ids only; the replay reads them again
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, key)
);
CREATE INDEX idempotency_at ON idempotency (workspace_id, at);
CREATE TABLE work (
  workspace_id uuid NOT NULL,                 -- row security holds it: the check of a foreign key costs more than the row
  id uuid NOT NULL,
  queue text NOT NULL,
  kind text NOT NULL,
  key text,                                   -- at most one READY row per (kind, key)
  payload jsonb NOT NULL DEFAULT '{}',        -- ids and versions only; "v" is the payload's version
  payload_version int NOT NULL DEFAULT 1,
  priority smallint NOT NULL DEFAULT 0 CHECK (priority IN (0, 1)),  -- 0 prompt, 1 bulk: an import never delays a form
  state text NOT NULL DEFAULT 'READY' CHECK (state IN ('READY', 'RUNNING', 'DONE', 'DEAD', 'CANCELED')),
  run_at timestamptz NOT NULL,                -- business time
  attempts int NOT NULL DEFAULT 0,
  crashes int NOT NULL DEFAULT 0,             -- times a lease ran out under it; three quarantine it
  max_attempts int NOT NULL DEFAULT 10,
  lease uuid,
  lease_until timestamptz,                    -- the database's clock
  cancel_requested boolean NOT NULL DEFAULT false,
  last_error text,
  trace text,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE UNIQUE INDEX work_key ON work (workspace_id, kind, key) WHERE state = 'READY' AND key IS NOT NULL;
CREATE INDEX work_ready ON work (queue, workspace_id, priority, run_at, id) WHERE state = 'READY';
CREATE INDEX work_running ON work (lease_until) WHERE state = 'RUNNING';
CREATE INDEX work_lease ON work (workspace_id, lease) WHERE state = 'RUNNING';
CREATE INDEX work_dead ON work (workspace_id, created_at DESC) WHERE state IN ('DEAD', 'CANCELED');
CREATE TABLE work_history (                   -- finished rows; dropped by partition
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  queue text NOT NULL,
  kind text NOT NULL,
  key text,
  payload jsonb NOT NULL,
  attempts int NOT NULL,
  crashes int NOT NULL,
  run_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id, finished_at)
) PARTITION BY RANGE (finished_at);
CREATE TABLE work_history_rest PARTITION OF work_history DEFAULT;
CREATE TABLE webhook_endpoints (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  url text NOT NULL,
  event_kinds text[] NOT NULL,                -- "lead.*" matches a noun, "*" everything
  filter jsonb,                               -- `where` of the noun that all its kinds are of
  document text,                              -- the subscription whose data is the body's
  reading jsonb,                              -- what the document asks for, as the API read it when it was given
  credential text,                            -- "USER:<id>", "KEY:<id>": bodies are made with its rights of that day; NULL: the system's
  secret_ciphertext bytea NOT NULL,
  secret_key_id text NOT NULL,
  old_secret_ciphertext bytea,                -- signs beside the new one until then
  old_secret_key_id text,
  old_secret_until timestamptz,
  state text NOT NULL DEFAULT 'ENABLED' CHECK (state IN ('ENABLED', 'PAUSED', 'DISABLED')),
  disabled_reason text,
  failures int NOT NULL DEFAULT 0,            -- in a row
  failing_since timestamptz,
  resting_until timestamptz,                  -- the breaker: nothing is posted before, then one
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE TABLE webhook_deliveries (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,                           -- the webhook-id header: stable over attempts
  endpoint_id uuid NOT NULL,
  event_id uuid NOT NULL,
  event_kind text NOT NULL,
  body text,                                  -- frozen once it is made, in order of ids
  made_for text,                              -- the endpoint's credential, with whose rights it was made
  state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED')),
  attempts int NOT NULL DEFAULT 0,
  status_code int,
  response text,                              -- its first kilobyte
  error text,
  tries jsonb NOT NULL DEFAULT '[]',          -- every attempt: at, status, response, error, ms
  is_sample boolean NOT NULL DEFAULT false,
  due_at timestamptz NOT NULL,                -- business time
  lease_until timestamptz,                    -- being posted; the database's clock
  replay_of_id uuid,
  last_attempt_at timestamptz,
  delivered_at timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, endpoint_id) REFERENCES webhook_endpoints (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX webhook_deliveries_event ON webhook_deliveries (workspace_id, endpoint_id, event_id) WHERE replay_of_id IS NULL;
CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (workspace_id, endpoint_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_bare ON webhook_deliveries (workspace_id, endpoint_id, id) WHERE state = 'PENDING' AND body IS NULL;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (workspace_id, endpoint_id, due_at, id) WHERE state = 'PENDING';
CREATE INDEX webhook_deliveries_posted ON webhook_deliveries (workspace_id, endpoint_id, lease_until) WHERE state = 'PENDING' AND lease_until IS NOT NULL;
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (workspace_id, created_at) WHERE state <> 'PENDING';
