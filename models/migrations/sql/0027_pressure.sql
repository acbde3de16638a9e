-- When mail may leave and how much of it: windows, limits, the rules of the workspace, and what was taken of each limit.
CREATE TABLE send_windows (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  hours jsonb NOT NULL,                       -- {"MON": ["09:00-12:30", "13:30-18:00"]}, by the reader's clock; over midnight "22:00-06:00"
  calendar_id uuid,                           -- its holidays narrow or close a day
  business_days boolean NOT NULL DEFAULT false, -- only days on which that calendar has hours
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, calendar_id) REFERENCES calendars (workspace_id, id)
);
CREATE UNIQUE INDEX send_windows_name ON send_windows (workspace_id, lower(name));
CREATE TABLE send_limits (                    -- how much may leave: of the workspace, from an address, to a domain
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  scope text NOT NULL CHECK (scope IN ('WORKSPACE', 'SENDER', 'DOMAIN')),
  key text NOT NULL,                          -- the sender's address, the domain; '*': each that has no limit of its own, or the workspace
  per_minute int CHECK (per_minute > 0),
  per_hour int CHECK (per_hour > 0),
  per_day int CHECK (per_day > 0),
  warm_up_on date,                            -- the first day of the ramp up to per_day
  warm_up_first int CHECK (warm_up_first > 0), -- how many leave on it
  warm_up_percent int CHECK (warm_up_percent > 0), -- how many more each day
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, scope, key)
);
CREATE TABLE sending_rules (                  -- one row, once somebody chose something
  workspace_id uuid PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
  window_id uuid,                             -- for sequences and broadcasts without one of their own
  person_most int CHECK (person_most > 0),    -- mails to a person in so many days
  person_days int CHECK (person_days > 0),
  company_most int CHECK (company_most > 0),
  company_days int CHECK (company_days > 0),
  quiet_hours int CHECK (quiet_hours > 0),    -- since the last mail to the person
  capped text[] NOT NULL DEFAULT '{SEQUENCE,BROADCAST,ONE_TO_ONE}', -- the classes that wait for caps and quiet
  version int NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL,
  CHECK ((person_most IS NULL) = (person_days IS NULL)),
  CHECK ((company_most IS NULL) = (company_days IS NULL)),
  FOREIGN KEY (workspace_id, window_id) REFERENCES send_windows (workspace_id, id)
);
CREATE TABLE send_slots (                     -- what was handed over of a limit in a minute, hour or day: the truth that the gate asks and locks
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  bucket text NOT NULL,                       -- "WORKSPACE", "SENDER news@acme.example", "DOMAIN gmail.com"
  unit text NOT NULL CHECK (unit IN ('MINUTE', 'HOUR', 'DAY')),
  starts_at timestamptz NOT NULL,
  taken int NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, bucket, unit, starts_at)
) WITH (fillfactor = 70);
CREATE TABLE send_bookings (                  -- how many of those that wait are laid out for an hour or day: a hint where the next ones go
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  bucket text NOT NULL,
  unit text NOT NULL CHECK (unit IN ('HOUR', 'DAY')),
  starts_at timestamptz NOT NULL,
  booked int NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, bucket, unit, starts_at)
) WITH (fillfactor = 70);
ALTER TABLE companies ADD COLUMN time_zone text; -- of its people who have none
ALTER TABLE sequences ADD COLUMN window_id uuid; -- NULL: the workspace's
ALTER TABLE sequences ADD CONSTRAINT sequences_window_id_fkey FOREIGN KEY (workspace_id, window_id) REFERENCES send_windows (workspace_id, id) NOT VALID;
ALTER TABLE sends ADD COLUMN window_id uuid;     -- of its step or broadcast; NULL: the sequence's or the workspace's
ALTER TABLE sends ADD COLUMN due_at timestamptz; -- not before; NULL: as soon as a worker is free
ALTER TABLE sends ADD COLUMN company_id uuid;    -- the person's when it was handed over
ALTER TABLE sends ADD COLUMN counted_at timestamptz; -- when it was counted as a touch; NULL: it is none, or nothing left
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX sends_touches ON sends (workspace_id, person_id, counted_at DESC) WHERE counted_at IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX sends_company_touches ON sends (workspace_id, company_id, counted_at DESC) WHERE counted_at IS NOT NULL AND company_id IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX sends_waiting ON sends (workspace_id, due_at) WHERE state IN ('PLANNED', 'DEFERRED') AND due_at IS NOT NULL;
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['send_windows', 'send_limits', 'sending_rules', 'send_slots', 'send_bookings'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
