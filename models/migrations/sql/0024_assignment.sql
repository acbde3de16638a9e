-- Who gets a lead, and by when somebody must have answered: calendars, queues with members, territories, absences, decisions, response clocks.
CREATE TABLE calendars (                      -- when a week is open
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  time_zone text NOT NULL,
  weekly jsonb NOT NULL,                      -- {"MON": ["09:00-17:30"], ...}; leadwell/calendars/reading.py
  holidays jsonb NOT NULL DEFAULT '[]',       -- [{"on": "2026-12-24", "name": "Christmas Eve", "hours": ["09:00-12:00"]}]; without hours: closed
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX calendars_name ON calendars (workspace_id, lower(name));
CREATE TABLE response_policies (              -- how soon an answer is due, and what follows when it is not given
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  calendar_id uuid,                           -- NULL: every hour counts
  first_minutes int NOT NULL CHECK (first_minutes > 0),
  next_minutes int CHECK (next_minutes > 0),  -- NULL: a reply starts no clock
  is_default boolean NOT NULL DEFAULT false,  -- for leads whose queue names none, and for contacts
  escalate_to_id uuid,
  notify_owner boolean NOT NULL DEFAULT true,
  make_task boolean NOT NULL DEFAULT false,
  reassign boolean NOT NULL DEFAULT false,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, calendar_id) REFERENCES calendars (workspace_id, id),
  FOREIGN KEY (workspace_id, escalate_to_id) REFERENCES users (workspace_id, id)
);
CREATE UNIQUE INDEX response_policies_name ON response_policies (workspace_id, lower(name));
CREATE UNIQUE INDEX response_policies_default ON response_policies (workspace_id) WHERE is_default AND archived_at IS NULL;
CREATE TABLE lead_queues (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  strategy text NOT NULL DEFAULT 'ROUND_ROBIN' CHECK (strategy IN ('ROUND_ROBIN', 'WEIGHTED', 'LEAST_BUSY', 'CLAIM')),
  sticky boolean NOT NULL DEFAULT true,       -- people of a company we know go to its owner
  policy_id uuid,                             -- NULL: the default response policy
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, policy_id) REFERENCES response_policies (workspace_id, id)
);
CREATE UNIQUE INDEX lead_queues_name ON lead_queues (workspace_id, lower(name));
CREATE TABLE lead_queue_members (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  queue_id uuid NOT NULL,
  user_id uuid NOT NULL,
  weight int NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 100),
  capacity int CHECK (capacity >= 0),         -- leads being worked on at most, over all queues; NULL: any number
  skills text[] NOT NULL DEFAULT '{}',
  credit bigint NOT NULL DEFAULT 0,           -- whose turn it is: changes with the leads it decides, in one transaction
  given bigint NOT NULL DEFAULT 0,            -- leads so far
  given_at timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, queue_id, user_id),
  FOREIGN KEY (workspace_id, queue_id) REFERENCES lead_queues (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id) ON DELETE CASCADE
) WITH (fillfactor = 70);
CREATE INDEX lead_queue_members_user ON lead_queue_members (workspace_id, user_id);
CREATE TABLE territories (                    -- in order: the first whose filter matches names the queue
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  position int NOT NULL DEFAULT 0,
  filter jsonb NOT NULL DEFAULT '{}',         -- the `where` of leads, checked with its author's rights, run as the system
  queue_id uuid NOT NULL,
  skills text[] NOT NULL DEFAULT '{}',        -- whoever gets its leads has all of these
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, queue_id) REFERENCES lead_queues (workspace_id, id)
);
CREATE INDEX territories_position ON territories (workspace_id, position, id) WHERE archived_at IS NULL;
CREATE UNIQUE INDEX territories_name ON territories (workspace_id, lower(name));
CREATE INDEX territories_queue ON territories (workspace_id, queue_id);
CREATE TABLE absences (                       -- out of office
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  from_at timestamptz NOT NULL,
  until_at timestamptz NOT NULL,
  note text,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  CHECK (until_at >= from_at),
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX absences_user ON absences (workspace_id, user_id, until_at);
CREATE TABLE assignment_decisions (           -- written once: who was looked at, and why it came out so
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  lead_id uuid NOT NULL,
  at timestamptz NOT NULL,
  cause text NOT NULL CHECK (cause IN ('ARRIVAL', 'RETRY', 'BREACH', 'REQUEST', 'CLAIM')),
  outcome text NOT NULL CHECK (outcome IN ('ASSIGNED', 'WAITING', 'NOBODY')),
  reason text NOT NULL CHECK (reason IN ('TURN', 'LEAST_BUSY', 'STICKY_OWNER', 'CLAIMED', 'TO_CLAIM', 'NO_TERRITORY', 'NO_MEMBERS', 'ALL_AWAY', 'ALL_FULL',
    'NOBODY_SKILLED', 'NOBODY_FREE')),
  queue_id uuid,
  territory_id uuid,
  owner_id uuid,                              -- who got it
  before_id uuid,                             -- who had it
  strategy text,
  needs text[] NOT NULL DEFAULT '{}',         -- skills asked for
  candidates jsonb NOT NULL DEFAULT '[]',     -- [{"user", "verdict", "weight", "capacity", "open", "credit", "given", "skills"}]
  skipped jsonb NOT NULL DEFAULT '[]',        -- territories whose filter no longer holds, with the reason
  actor text NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id),
  FOREIGN KEY (workspace_id, queue_id) REFERENCES lead_queues (workspace_id, id),
  FOREIGN KEY (workspace_id, territory_id) REFERENCES territories (workspace_id, id),
  FOREIGN KEY (workspace_id, owner_id) REFERENCES users (workspace_id, id),
  FOREIGN KEY (workspace_id, before_id) REFERENCES users (workspace_id, id)
);
CREATE INDEX assignment_decisions_lead ON assignment_decisions (workspace_id, lead_id, at DESC, id DESC);
CREATE TABLE response_clocks (                -- somebody waits for an answer
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  lead_id uuid,
  contact_id uuid,                            -- where a contact asked and there is a task instead of a lead
  task_id uuid,
  policy_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('FIRST', 'NEXT')),
  cause text NOT NULL CHECK (cause IN ('INQUIRY', 'AGAIN', 'REPLY', 'RETURN', 'REASSIGNMENT')),
  state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'MET', 'ENDED')),
  round int NOT NULL DEFAULT 0,               -- how often it was reassigned for want of an answer
  raised_at timestamptz NOT NULL,             -- since when the person waits
  started_at timestamptz NOT NULL,            -- since when this clock runs
  due_at timestamptz NOT NULL,
  breached_at timestamptz,
  met_at timestamptz,
  met_by_id uuid,
  activity_id uuid,                           -- the attempt that met it
  waited_seconds int,                         -- from raised_at to met_at
  business_seconds int,                       -- of these, in the hours of the policy's calendar
  ended_at timestamptz,
  end_reason text,
  PRIMARY KEY (workspace_id, id),
  CHECK ((lead_id IS NULL) <> (contact_id IS NULL)),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id),
  FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id),
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id),
  FOREIGN KEY (workspace_id, task_id) REFERENCES tasks (workspace_id, id),
  FOREIGN KEY (workspace_id, policy_id) REFERENCES response_policies (workspace_id, id),
  FOREIGN KEY (workspace_id, met_by_id) REFERENCES users (workspace_id, id)
);
CREATE UNIQUE INDEX response_clocks_lead_running ON response_clocks (workspace_id, lead_id) WHERE state = 'RUNNING' AND lead_id IS NOT NULL;
CREATE UNIQUE INDEX response_clocks_contact_running ON response_clocks (workspace_id, contact_id) WHERE state = 'RUNNING' AND contact_id IS NOT NULL;
CREATE INDEX response_clocks_running ON response_clocks (workspace_id, due_at, id) WHERE state = 'RUNNING';
CREATE INDEX response_clocks_person ON response_clocks (workspace_id, person_id, state);
CREATE INDEX response_clocks_lead ON response_clocks (workspace_id, lead_id, started_at);
CREATE INDEX response_clocks_raised ON response_clocks (workspace_id, raised_at, id);
CREATE TABLE work_marks (                     -- what a user has put off, or is done with until something new happens
  workspace_id uuid NOT NULL,
  user_id uuid NOT NULL,
  record_id uuid NOT NULL,
  noun text NOT NULL CHECK (noun IN ('Lead', 'Contact')),
  kind text NOT NULL CHECK (kind IN ('SNOOZED', 'DONE')),
  at timestamptz NOT NULL,
  until_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, user_id, record_id),
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id) ON DELETE CASCADE
);
CREATE TABLE digests (                        -- notifications by mail, once a day for those who want it
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  day date NOT NULL,                          -- in the user's zone
  at timestamptz NOT NULL,                    -- when it was planned
  message_id text NOT NULL,                   -- stored before any network; a mail sent again is the same mail
  mail_state text NOT NULL DEFAULT 'PLANNED' CHECK (mail_state IN ('PLANNED', 'SENT', 'REJECTED', 'SKIPPED', 'EMPTY')),
  reply text,                                 -- the server's last words, or why it was not sent
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, user_id, day),
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id) ON DELETE CASCADE
);
ALTER TABLE notifications ADD COLUMN digest_id uuid;  -- the digest that tells of it
ALTER TABLE users ADD COLUMN digest_hour int; -- from when on, in the user's zone; NULL: no digest
ALTER TABLE leads ADD COLUMN queue_id uuid;   -- where it stands in line, or stood before somebody got it
ALTER TABLE leads ADD CONSTRAINT leads_queue_id_fkey FOREIGN KEY (workspace_id, queue_id) REFERENCES lead_queues (workspace_id, id) NOT VALID;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX leads_waiting ON leads (workspace_id, queue_id, created_at, id) WHERE queue_id IS NOT NULL AND owner_id IS NULL AND state = 'OPEN';
ALTER TABLE forms ADD COLUMN queue_id uuid;   -- who gets its leads, where it names no owner
ALTER TABLE forms ADD CONSTRAINT forms_queue_id_fkey FOREIGN KEY (workspace_id, queue_id) REFERENCES lead_queues (workspace_id, id) NOT VALID;
ALTER TABLE sources ADD COLUMN queue_id uuid;
ALTER TABLE sources ADD CONSTRAINT sources_queue_id_fkey FOREIGN KEY (workspace_id, queue_id) REFERENCES lead_queues (workspace_id, id) NOT VALID;
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['calendars', 'response_policies', 'lead_queues', 'lead_queue_members', 'territories', 'absences', 'assignment_decisions',
      'response_clocks', 'work_marks', 'digests'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
REVOKE UPDATE, DELETE ON assignment_decisions FROM lw_app;
