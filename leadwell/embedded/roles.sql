-- What: the roles Leadwell needs in any PostgreSQL 15 or newer; may run again at any time.
-- Cost: a handful of catalog rows. Index used: the catalog's own.
DO $$
DECLARE
    missing record;
BEGIN
    FOR missing IN
        SELECT wanted.name, wanted.attributes
        FROM (VALUES
            ('lw_owner', 'LOGIN CREATEROLE'),
            ('lw_app', 'LOGIN NOINHERIT'),
            ('lw_search', 'NOLOGIN'),
            ('lw_scheduler', 'NOLOGIN'),
            ('lw_keeper', 'NOLOGIN')
        ) AS wanted (name, attributes)
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS found WHERE found.rolname = wanted.name)
    LOOP
        EXECUTE pg_catalog.format('CREATE ROLE %I %s', missing.name, missing.attributes);
    END LOOP;
    -- Before 16 a grant has no options, and as words of their own they do not parse: lw_app is NOINHERIT, so lw_keeper still acts only by SET ROLE.
    IF pg_catalog.current_setting('server_version_num')::int >= 160000 THEN
        EXECUTE 'GRANT lw_search, lw_scheduler, lw_keeper TO lw_owner WITH ADMIN TRUE, INHERIT TRUE, SET TRUE';
        EXECUTE 'GRANT lw_keeper TO lw_app WITH INHERIT FALSE, SET TRUE';
    ELSE
        GRANT lw_search, lw_scheduler, lw_keeper TO lw_owner WITH ADMIN OPTION;
        GRANT lw_keeper TO lw_app;
    END IF;
END
$$;
