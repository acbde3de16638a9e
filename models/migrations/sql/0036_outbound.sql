-- Which database this is, so that one that was restored, copied or put back to an earlier day tells nobody anything twice. Control tables: reached only through
-- the functions below. A dump that is restored is written by other transactions, a copy made from a template has another oid, another server another identifier;
-- a data directory that is put back in its place is behind what workers and Redis have seen of it.
CREATE TABLE outbound (
  life uuid PRIMARY KEY,            -- anew with each confirmation: what is remembered of another says nothing about this one
  system text NOT NULL,             -- the identifier of the server's cluster
  database bigint NOT NULL,         -- the oid of the database
  written bigint NOT NULL,          -- the transaction that wrote this row, as its xmin shows it: never updated but by a confirmation
  doubt text CHECK (doubt IN ('PUT_BACK', 'COPIED'))      -- what a worker noticed that no row shows: nothing leaves until somebody confirms
);
CREATE UNIQUE INDEX outbound_only ON outbound ((true));
CREATE TABLE outbound_tide (
  life uuid PRIMARY KEY,            -- of the row beside it
  tide bigint NOT NULL              -- how often workers have looked: it only rises
);

-- Why nothing may leave this database: PUT_BACK, RESTORED or COPIED; NULL where all is well. Asked with every mail, so of two rows at hand alone.
CREATE FUNCTION lw_doubt() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT CASE WHEN o.life IS NULL THEN 'RESTORED' WHEN o.doubt IS NOT NULL THEN o.doubt WHEN o.xmin::text::bigint <> o.written THEN 'RESTORED' END
  FROM (VALUES (1)) v LEFT JOIN outbound o ON true
$$;

-- This database may send from now on, whatever it was before: a person says so (and the migration, of a new one).
CREATE FUNCTION lw_confirm_outbound() RETURNS uuid
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  DELETE FROM outbound;
  DELETE FROM outbound_tide;
  INSERT INTO outbound (life, system, database, written)
  SELECT gen_random_uuid(), (SELECT c.system_identifier::text FROM pg_control_system() c), d.oid::bigint, (pg_current_xact_id()::text::numeric % 4294967296)::bigint
  FROM pg_database d WHERE d.datname = current_database();
  INSERT INTO outbound_tide (life, tide) SELECT o.life, 0 FROM outbound o RETURNING life
$$;
SELECT lw_confirm_outbound();

-- Somebody knows that this database was put back, or is the copy of another.
CREATE FUNCTION lw_doubt_outbound(p_why text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE outbound SET doubt = p_why WHERE doubt IS NULL
$$;

-- Which life this is, how far it has come, and why nothing may leave, looked at closely.
CREATE FUNCTION lw_tide() RETURNS TABLE (life uuid, tide bigint, doubt text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT o.life, t.tide, coalesce(lw_doubt(), CASE WHEN o.database <> (SELECT d.oid::bigint FROM pg_database d WHERE d.datname = current_database())
    OR o.system <> (SELECT c.system_identifier::text FROM pg_control_system() c) THEN 'COPIED' END)
  FROM (VALUES (1)) v LEFT JOIN outbound o ON true LEFT JOIN outbound_tide t ON t.life = o.life
$$;

-- A worker looks, and has seen this life at $2 (NULL: it remembers nothing): a database that is behind that was put back. What is in doubt is kept, so that
-- nothing leaves; otherwise the tide rises, before anybody remembers it.
CREATE FUNCTION lw_rise(p_life uuid, p_seen bigint) RETURNS TABLE (tide bigint, doubt text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  stands bigint;
BEGIN
  SELECT t.tide INTO stands FROM outbound_tide t WHERE t.life = p_life FOR UPDATE;
  IF stands < p_seen THEN
    PERFORM lw_doubt_outbound('PUT_BACK');
  ELSIF EXISTS (SELECT FROM lw_tide() x WHERE x.doubt = 'COPIED') THEN
    PERFORM lw_doubt_outbound('COPIED');
  ELSE
    UPDATE outbound_tide t SET tide = t.tide + 1 WHERE t.life = p_life RETURNING t.tide INTO stands;
  END IF;
  RETURN QUERY SELECT stands, lw_doubt();
END $$;

-- What a workspace is, as everybody outside asks for it; in a database in doubt it has an epoch that no installation is given, so that nothing leaves.
CREATE OR REPLACE FUNCTION lw_workspace(p_workspace uuid) RETURNS workspaces
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT CASE WHEN lw_doubt() IS NULL THEN w ELSE jsonb_populate_record(w, jsonb_build_object('outbound_epoch', 'in doubt: ' || gen_random_uuid())) END
  FROM workspaces w WHERE w.id = p_workspace
$$;
