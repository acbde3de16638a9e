-- Scoring models and the narrow table of scores: only changed rows are written, so leads themselves never are.
CREATE TABLE scoring_models (
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL,
  subject text NOT NULL DEFAULT 'PERSON' CHECK (subject IN ('PERSON', 'COMPANY')),
  is_default boolean NOT NULL DEFAULT false,
  live_version_id uuid,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, name)
);
CREATE UNIQUE INDEX scoring_models_default ON scoring_models (workspace_id, subject) WHERE is_default;
CREATE TABLE scoring_versions (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  model_id uuid NOT NULL,
  number int NOT NULL,
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'LIVE', 'RETIRED')),
  rules jsonb NOT NULL,                       -- frozen once live
  published_at timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  UNIQUE (workspace_id, model_id, number),
  FOREIGN KEY (workspace_id, model_id) REFERENCES scoring_models (workspace_id, id)
);
CREATE UNIQUE INDEX scoring_versions_live ON scoring_versions (workspace_id, model_id) WHERE state = 'LIVE';
CREATE TABLE scores (
  workspace_id uuid NOT NULL,
  model_id uuid NOT NULL,                     -- a live one, read in the same transaction; models are never deleted
  person_id uuid NOT NULL,
  version_id uuid NOT NULL,
  score int NOT NULL,
  fit int NOT NULL,
  engagement int NOT NULL,
  grade text NOT NULL,
  as_of timestamptz NOT NULL,
  next_at timestamptz,                        -- when decay alone will change the grade or cross a threshold
  is_default boolean NOT NULL,                -- of the workspace's default model: what lists sort by
  PRIMARY KEY (workspace_id, model_id, person_id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX scores_default ON scores (workspace_id, person_id) WHERE is_default;
CREATE INDEX scores_rank ON scores (workspace_id, score DESC, person_id DESC) WHERE is_default;
CREATE INDEX scores_next ON scores (workspace_id, next_at) WHERE next_at IS NOT NULL;
CREATE TABLE score_history (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  model_id uuid NOT NULL,
  person_id uuid NOT NULL,
  version_id uuid NOT NULL,
  score int NOT NULL,
  fit int NOT NULL,
  engagement int NOT NULL,
  grade text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX score_history_person ON score_history (workspace_id, person_id, model_id, at DESC);
CREATE TABLE score_crossings (                -- a threshold fires once until the score has fallen below its hysteresis
  workspace_id uuid NOT NULL,
  model_id uuid NOT NULL,
  person_id uuid NOT NULL,
  threshold text NOT NULL,
  crossed_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, model_id, person_id, threshold),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE
);
