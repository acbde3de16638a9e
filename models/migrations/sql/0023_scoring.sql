-- How opens and clicks are read now, scores of companies, and chances learnt from the workspace's own closed leads.
CREATE TABLE activity_readings (              -- an open or click read otherwise than it was recorded
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  activity_id uuid NOT NULL,
  reading text NOT NULL CHECK (reading IN ('HUMAN', 'UNCERTAIN', 'MACHINE')),
  reason text NOT NULL CHECK (reason IN ('HAND', 'AGENT', 'PROXY', 'HONEY_LINK', 'BURST', 'TOO_SOON', 'RECORDED')),
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, activity_id)
);
CREATE TABLE company_scores (
  workspace_id uuid NOT NULL,
  model_id uuid NOT NULL,
  company_id uuid NOT NULL,
  version_id uuid NOT NULL,
  score int NOT NULL,
  fit int NOT NULL,
  engagement int NOT NULL,
  grade text NOT NULL,
  people int NOT NULL,                        -- distinct people who are engaged
  as_of timestamptz NOT NULL,
  is_default boolean NOT NULL,
  PRIMARY KEY (workspace_id, model_id, company_id),
  FOREIGN KEY (workspace_id, model_id) REFERENCES scoring_models (workspace_id, id),
  FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX company_scores_default ON company_scores (workspace_id, company_id) WHERE is_default;
CREATE INDEX company_scores_rank ON company_scores (workspace_id, score DESC, company_id DESC) WHERE is_default;
CREATE TABLE company_score_history (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  model_id uuid NOT NULL,
  company_id uuid NOT NULL,
  version_id uuid NOT NULL,
  score int NOT NULL,
  fit int NOT NULL,
  engagement int NOT NULL,
  grade text NOT NULL,
  people int NOT NULL,
  counted jsonb NOT NULL DEFAULT '[]',        -- [[person, engagement]] that rules could count, the most engaged first
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX company_score_history_company ON company_score_history (workspace_id, company_id, model_id, at DESC);
CREATE TABLE company_score_crossings (        -- a threshold fires once until the score has fallen below its hysteresis
  workspace_id uuid NOT NULL,
  model_id uuid NOT NULL,
  company_id uuid NOT NULL,
  threshold text NOT NULL,
  crossed_at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, model_id, company_id, threshold),
  FOREIGN KEY (workspace_id, company_id) REFERENCES companies (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX company_score_crossings_company ON company_score_crossings (workspace_id, company_id);
CREATE TABLE predictors (                     -- one training: what it was asked to do, what came of it
  workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  state text NOT NULL DEFAULT 'TRAINING' CHECK (state IN ('TRAINING', 'READY', 'LIVE', 'RETIRED', 'REFUSED')),
  options jsonb NOT NULL DEFAULT '{}',        -- {"keep": [feature], "leave": [feature], "hoursBefore"}
  refusal text,                               -- why nothing was learnt, in a sentence
  learnt jsonb,                               -- weights and calibration: what a chance is computed from
  card jsonb NOT NULL DEFAULT '{}',           -- how good it is, on leads it had not seen
  trained_at timestamptz,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX predictors_live ON predictors (workspace_id) WHERE state = 'LIVE';
CREATE INDEX predictors_created ON predictors (workspace_id, created_at DESC, id DESC);
CREATE TABLE predictions (                    -- by the live predictor; only changed rows are written
  workspace_id uuid NOT NULL,
  person_id uuid NOT NULL,
  predictor_id uuid NOT NULL,
  percent int NOT NULL CHECK (percent BETWEEN 1 AND 99),
  reasons jsonb NOT NULL,                     -- {"base": log-odds, "parts": [[feature, value, log-odds]], "calibrated": chance}
  as_of timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, person_id),
  FOREIGN KEY (workspace_id, predictor_id) REFERENCES predictors (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE
) WITH (fillfactor = 80);
CREATE INDEX predictions_rank ON predictions (workspace_id, percent DESC, person_id DESC);
CREATE TABLE prediction_history (
  workspace_id uuid NOT NULL,
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  predictor_id uuid NOT NULL,
  percent int,                                -- NULL: none any more
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, id),
  FOREIGN KEY (workspace_id, person_id) REFERENCES people (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX prediction_history_person ON prediction_history (workspace_id, person_id, at DESC);
DO $$
DECLARE
  t text;
  mine text := 'workspace_id = nullif(current_setting(''app.workspace'', true), '''')::uuid';
BEGIN
  FOREACH t IN ARRAY ARRAY['activity_readings', 'company_scores', 'company_score_history', 'company_score_crossings', 'predictors', 'predictions', 'prediction_history'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON %I TO lw_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY definers ON %I FOR SELECT TO lw_search, lw_scheduler USING (true)', t);
    EXECUTE format('CREATE POLICY tenant ON %I TO lw_app USING (%s) WITH CHECK (%s)', t, mine, mine);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lw_app', t);
  END LOOP;
END $$;
-- History is written once.
REVOKE UPDATE, DELETE ON company_score_history, prediction_history FROM lw_app;
