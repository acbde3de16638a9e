-- What people lived through: activities with participants and links, touchpoints, purchases, tasks.
CREATE TABLE activities (                     -- immutable; partitioned by range of the uuid7 id, so by the year of recording
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('CALL', 'EMAIL', 'MEETING', 'NOTE', 'TASK_DONE', 'FORM', 'PAGE_VIEW', 'OPEN', 'CLICK', 'REPLY', 'BOUNCE', 'UNSUBSCRIBE',
    'COMPLAINT', 'PURCHASE', 'TICKET', 'USAGE', 'SURVEY', 'STATUS_CHANGE', 'STAGE_CHANGE', 'CONVERSION', 'IMPORT', 'SYSTEM')),
  at timestamptz NOT NULL,
  direction text CHECK (direction IN ('INBOUND', 'OUTBOUND')),
  subject text,
  body text,
  outcome text,
  duration_seconds int CHECK (duration_seconds >= 0),
  automated boolean NOT NULL DEFAULT false,   -- written by the product, not by a person
  reading text NOT NULL DEFAULT 'HUMAN' CHECK (reading IN ('HUMAN', 'UNCERTAIN', 'MACHINE')),
  source text,                                -- the system it came from; with external_id unique through activity_keys
  external_id text,
  user_id uuid,                               -- who logged or did it
  send_id uuid,
  data jsonb NOT NULL DEFAULT '{}',
  revises_id uuid,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id)
) PARTITION BY RANGE (id);
CREATE TABLE activities_rest PARTITION OF activities DEFAULT;
CREATE INDEX activities_at ON activities (workspace_id, at DESC, id DESC);
CREATE INDEX activities_revises ON activities (workspace_id, revises_id, at DESC, id DESC) WHERE revises_id IS NOT NULL;
CREATE TABLE activity_participants (
  workspace_id uuid NOT NULL,
  activity_id uuid NOT NULL,
  person_id uuid NOT NULL,
  role text NOT NULL DEFAULT 'ABOUT' CHECK (role IN ('ABOUT', 'FROM', 'TO', 'CC', 'ORGANIZER', 'ATTENDEE')),
  kind text NOT NULL,                         -- of the activity: so a timeline or a score reads one index
  at timestamptz NOT NULL,                    -- of the activity
  reading text NOT NULL DEFAULT 'HUMAN' CHECK (reading IN ('HUMAN', 'UNCERTAIN', 'MACHINE')), -- of the activity, as classified now: only HUMAN scores
  subject text,                               -- of the activity: so the latest of many people are shown without a look at each
  PRIMARY KEY (workspace_id, activity_id, person_id)
);
-- What a foreign key would do, once for a statement and person instead of once for a row: a merge gives a hundred thousand rows to one person. It waits for
-- whoever merges that person, as a foreign key would. People are never deleted.
CREATE FUNCTION lw_participants_known() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT DISTINCT w.workspace_id, w.person_id FROM written w ORDER BY w.workspace_id, w.person_id LOOP
    PERFORM 1 FROM people p WHERE p.workspace_id = one.workspace_id AND p.id = one.person_id FOR KEY SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'an activity names a person who is not there' USING ERRCODE = 'foreign_key_violation', TABLE = 'activity_participants';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER known_inserted AFTER INSERT ON activity_participants REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION lw_participants_known();
CREATE TRIGGER known_updated AFTER UPDATE ON activity_participants REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION lw_participants_known();
CREATE INDEX activity_participants_person ON activity_participants (workspace_id, person_id, at DESC, activity_id DESC) INCLUDE (kind, reading);
CREATE INDEX activity_participants_kind ON activity_participants (workspace_id, person_id, kind, at DESC, activity_id DESC)
  WHERE kind NOT IN ('EMAIL', 'PAGE_VIEW', 'OPEN', 'CLICK', 'IMPORT', 'SYSTEM'); -- what comes all the time is soon found by time alone
CREATE TABLE activity_links (
  workspace_id uuid NOT NULL,                 -- row security holds it: the check of a foreign key costs more than the row
  activity_id uuid NOT NULL,
  noun text NOT NULL CHECK (noun IN ('Lead', 'Contact', 'Company', 'Deal', 'Campaign')),
  record_id uuid NOT NULL,
  kind text NOT NULL,                         -- of the activity: so a timeline of one kind reads one index
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, activity_id, record_id)
);
CREATE INDEX activity_links_record ON activity_links (workspace_id, record_id, at DESC, activity_id DESC) INCLUDE (kind);
CREATE INDEX activity_links_kind ON activity_links (workspace_id, record_id, kind, at DESC, activity_id DESC)
  WHERE kind NOT IN ('EMAIL', 'PAGE_VIEW', 'OPEN', 'CLICK', 'IMPORT', 'SYSTEM');
CREATE TABLE activity_keys (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  source text NOT NULL,
  external_id text NOT NULL,
  activity_id uuid NOT NULL,
  PRIMARY KEY (workspace_id, source, external_id)
);
CREATE TABLE touchpoints (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  lead_id uuid,
  source_id uuid,
  campaign_id uuid,
  submission_id uuid,
  at timestamptz NOT NULL,
  utm_source text,
  utm_medium text,
  utm_campaign text,
  utm_term text,
  utm_content text,
  click_id text,
  referrer text,
  page text,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id),
  FOREIGN KEY (workspace_id, source_id) REFERENCES sources (workspace_id, id),
  FOREIGN KEY (workspace_id, campaign_id) REFERENCES campaigns (workspace_id, id)
);
CREATE INDEX touchpoints_person ON touchpoints (workspace_id, person_id, at);
CREATE INDEX touchpoints_lead ON touchpoints (workspace_id, lead_id, at) WHERE lead_id IS NOT NULL;
CREATE TABLE purchases (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  state text NOT NULL DEFAULT 'RECORDED' CHECK (state IN ('RECORDED', 'PARKED')),
  parked_reason text,                         -- why it waits; it is settled when its person becomes a contact
  person_id uuid,                             -- who bought
  contact_id uuid,
  company_id uuid,
  amount_minor bigint NOT NULL,               -- negative: a refund, linked to what it refunds
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  at timestamptz NOT NULL,
  source text NOT NULL,
  external_id text NOT NULL,
  base_minor bigint,                          -- the amount in the workspace's currency; NULL: no rate
  base_currency text CHECK (base_currency ~ '^[A-Z]{3}$'),
  refund_of_id uuid,
  items jsonb NOT NULL DEFAULT '[]',
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, source, external_id),
  CHECK (contact_id IS NOT NULL OR company_id IS NOT NULL OR (state = 'PARKED' AND person_id IS NOT NULL)),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id),
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id),
  FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id),
  FOREIGN KEY (workspace_id, refund_of_id) REFERENCES purchases (workspace_id, id)
);
CREATE INDEX purchases_contact ON purchases (workspace_id, contact_id, at);
CREATE INDEX purchases_company ON purchases (workspace_id, company_id, at);
CREATE INDEX purchases_refunds ON purchases (workspace_id, refund_of_id) WHERE refund_of_id IS NOT NULL;
CREATE INDEX purchases_parked ON purchases (workspace_id, person_id) WHERE state = 'PARKED';
CREATE TABLE tasks (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  kind text NOT NULL DEFAULT 'TODO' CHECK (kind IN ('TODO', 'CALL', 'EMAIL', 'MEETING')),
  title text NOT NULL,
  body text,
  priority text NOT NULL DEFAULT 'NORMAL' CHECK (priority IN ('LOW', 'NORMAL', 'HIGH')),
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'DONE', 'SCHEDULED', 'HELD', 'NO_SHOW', 'CANCELED')),
  due_at timestamptz,
  start_at timestamptz,
  end_at timestamptz,
  remind_at timestamptz,
  raised_at timestamptz,                      -- when the contact last asked to be spoken to; NULL: nobody asked, a user planned it
  assignee_id uuid,
  person_id uuid,
  lead_id uuid,
  contact_id uuid,
  company_id uuid,
  deal_id uuid,
  done_at timestamptz,
  activity_id uuid,                           -- what it left on the timeline
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, assignee_id) REFERENCES users (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id),
  FOREIGN KEY (workspace_id, lead_id) REFERENCES leads (workspace_id, id),
  FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts (workspace_id, id),
  FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id),
  FOREIGN KEY (workspace_id, deal_id) REFERENCES deals (workspace_id, id)
);
CREATE INDEX tasks_assignee ON tasks (workspace_id, assignee_id, due_at, id) WHERE state IN ('OPEN', 'SCHEDULED');
CREATE INDEX tasks_created ON tasks (workspace_id, created_at DESC, id DESC);
CREATE INDEX tasks_updated ON tasks (workspace_id, updated_at DESC, id DESC);
CREATE INDEX tasks_due ON tasks (workspace_id, due_at, id);
CREATE INDEX tasks_person ON tasks (workspace_id, person_id);
CREATE INDEX tasks_lead ON tasks (workspace_id, lead_id) WHERE lead_id IS NOT NULL;
CREATE TABLE notifications (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  noun text,
  record_id uuid,
  read_at timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX notifications_user ON notifications (workspace_id, user_id, created_at DESC, id DESC);
