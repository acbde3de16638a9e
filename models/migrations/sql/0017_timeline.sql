-- The history: what an activity says now, activities told too early, who is invited to meetings, files attached to records.
CREATE TABLE activity_heads (                 -- what a corrected or pinned activity says now; the rows of activities never change
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  activity_id uuid NOT NULL,
  latest_id uuid NOT NULL,                    -- the row that holds the latest wording: the activity itself until it is corrected
  subject text,
  body text,
  outcome text,
  duration_seconds int,
  revised_at timestamptz,                     -- NULL: never corrected
  revised_by_id uuid,
  pinned_at timestamptz,
  version int NOT NULL DEFAULT 1,
  PRIMARY KEY (workspace_id, activity_id)
);
CREATE TABLE parked_activities (              -- told with a time that has not come; recorded when it has
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,                           -- the id the activity will have
  at timestamptz NOT NULL,
  told jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id)
);
CREATE TABLE parked_mentions (                -- whom they name, for an erasure to find: keyed digests of records, addresses and numbers
  workspace_id uuid NOT NULL,
  digest bytea NOT NULL,
  activity_id uuid NOT NULL,
  PRIMARY KEY (workspace_id, digest, activity_id),
  FOREIGN KEY (workspace_id, activity_id) REFERENCES parked_activities (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX parked_mentions_activity ON parked_mentions (workspace_id, activity_id);
CREATE TABLE meeting_attendees (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  task_id uuid NOT NULL,
  user_id uuid,
  person_id uuid,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  CHECK (num_nonnulls(user_id, person_id) = 1),
  FOREIGN KEY (workspace_id, task_id) REFERENCES tasks (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX meeting_attendees_user ON meeting_attendees (workspace_id, task_id, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX meeting_attendees_person ON meeting_attendees (workspace_id, task_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX meeting_attendees_invited ON meeting_attendees (workspace_id, person_id) WHERE person_id IS NOT NULL;
CREATE TABLE attachments (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  file_id uuid NOT NULL,
  noun text NOT NULL,                         -- Person, Lead, Contact, Company, Deal, Activity or Task
  record_id uuid NOT NULL,
  user_id uuid,
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, record_id, file_id),
  FOREIGN KEY (workspace_id, file_id) REFERENCES files (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX attachments_record ON attachments (workspace_id, record_id, at DESC, id DESC);
CREATE INDEX attachments_file ON attachments (workspace_id, file_id);
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['activity_heads', 'parked_activities', 'parked_mentions', 'meeting_attendees', 'attachments'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
