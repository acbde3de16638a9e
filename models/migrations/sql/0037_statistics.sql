-- A plan that is kept for all workspaces is made as if each had the whole table. Counted, a workspace would be taken for one of many, and what is kept for
-- a page of the largest for too dear to be kept at all: it would be planned anew each time, which is half of its cost. Partitions take part in what is
-- known of the whole.
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT c.oid::regclass AS name, c.relkind = 'p' AS whole FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attname = 'workspace_id' AND NOT a.attisdropped
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER workspace_id SET (%I = 1)', t.name, CASE WHEN t.whole THEN 'n_distinct_inherited' ELSE 'n_distinct' END);
  END LOOP;
END $$;
