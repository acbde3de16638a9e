-- Pieces and versions of templates; what segments have to look at again; broadcasts and whom they go to.
CREATE TABLE layouts (                        -- what stands around templates
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  html text NOT NULL,
  text text,
  uses text[] NOT NULL DEFAULT '{}',          -- names of the snippets it takes in
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, name)
);
CREATE TABLE snippets (                       -- what templates take in by {% render 'name' %}
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  html text NOT NULL,
  text text,
  uses text[] NOT NULL DEFAULT '{}',
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, name)
);
CREATE TABLE template_versions (              -- written once: what mail was made of
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  template_id uuid NOT NULL,
  number int NOT NULL,                        -- the template's version at that time
  subject text NOT NULL,
  html text NOT NULL,
  text text,
  layout_id uuid,
  parts jsonb NOT NULL,
  actor text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, template_id, number),
  FOREIGN KEY (workspace_id, template_id) REFERENCES templates (workspace_id, id) ON DELETE CASCADE
);
CREATE TABLE segment_changes (                -- records that segments have to look at again
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  noun text NOT NULL,
  record_id uuid NOT NULL,
  hush jsonb,                                 -- NULL: whoever crosses is told of; else as events of quiet changes: {"quiet": true, "loud": ["SEQUENCES"]}
  PRIMARY KEY (workspace_id, noun, record_id)
);
CREATE INDEX segment_changes_told ON segment_changes (workspace_id, noun, record_id) WHERE hush IS NULL;
CREATE TABLE broadcasts (                     -- one mail to everybody who was in its audience at one moment
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'SCHEDULED', 'PREPARING', 'SENDING', 'TESTING', 'PAUSED', 'DONE', 'CANCELED')),
  topic_id uuid NOT NULL,
  sender_id uuid,
  window_id uuid,                             -- its own hours; NULL: the workspace's
  audience jsonb NOT NULL,                    -- {"segments": [id], "without": [id], "noun", "where", "people": [id]}
  variants jsonb NOT NULL,                    -- [{"name", "template_id", "weight"}]
  test jsonb,                                 -- {"percent", "hours", "by": "OPENS"|"CLICKS"|"REPLIES"}; NULL: variants go to everybody by weight
  winner int,                                 -- index of the variant that went to the rest
  decide_at timestamptz,
  paused_from text,                           -- the state it goes back to
  send_at timestamptz,                        -- of a local time: the earliest anywhere
  local_time text,                            -- by each recipient's own clock: 2026-03-01T09:00
  started_at timestamptz,
  ended_at timestamptz,
  recipient_count int NOT NULL DEFAULT 0,
  author text NOT NULL,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, name),
  FOREIGN KEY (workspace_id, topic_id) REFERENCES topics (workspace_id, id),
  FOREIGN KEY (workspace_id, sender_id) REFERENCES senders (workspace_id, id),
  FOREIGN KEY (workspace_id, window_id) REFERENCES send_windows (workspace_id, id)
);
CREATE TABLE broadcast_recipients (           -- the snapshot: nobody comes in later, nobody and no address twice
  workspace_id uuid NOT NULL,
  broadcast_id uuid NOT NULL,
  person_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'PLANNED', 'HELD')),
  reason text,                                -- why nothing was planned: NO_ADDRESS, SAME_ADDRESS, or a reason of consent
  variant int,
  address_hash bytea,
  send_id uuid,
  due_at timestamptz,                         -- NULL: waits for the winner
  PRIMARY KEY (workspace_id, broadcast_id, person_id),
  FOREIGN KEY (workspace_id, broadcast_id) REFERENCES broadcasts (workspace_id, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id)
);
CREATE UNIQUE INDEX broadcast_recipients_address ON broadcast_recipients (workspace_id, broadcast_id, address_hash) WHERE address_hash IS NOT NULL;
CREATE UNIQUE INDEX broadcast_recipients_send ON broadcast_recipients (workspace_id, send_id) WHERE send_id IS NOT NULL;
CREATE INDEX broadcast_recipients_due ON broadcast_recipients (workspace_id, broadcast_id, due_at, person_id) WHERE state = 'WAITING';
CREATE INDEX broadcast_recipients_person ON broadcast_recipients (workspace_id, person_id);
-- The values of a record's own fields by key, for mail; NULL for no record.
CREATE FUNCTION lw_custom(p_workspace uuid, p_record uuid) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, public AS $$
  SELECT jsonb_object_agg(f.key, coalesce(to_jsonb(v.text_value), to_jsonb(v.float_value),
    CASE f.type WHEN 'FLAG' THEN to_jsonb(v.int_value <> 0) ELSE to_jsonb(v.int_value) END,
    CASE f.type WHEN 'DATE' THEN to_jsonb((v.time_value AT TIME ZONE 'UTC')::date) ELSE to_jsonb(v.time_value) END))
  FROM custom_values v JOIN custom_fields f ON f.workspace_id = p_workspace AND f.id = v.field_id
  WHERE v.workspace_id = p_workspace AND v.record_id = p_record AND f.archived_at IS NULL
$$;
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['layouts', 'snippets', 'template_versions', 'segment_changes', 'broadcasts', 'broadcast_recipients'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
REVOKE UPDATE, DELETE ON template_versions FROM lw_app;
