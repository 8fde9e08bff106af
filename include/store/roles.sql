-- Three roles, without a login of their own: give them to whoever shall have them (GRANT codex_reader TO grafana).
--     codex_source_reader   reads public.memories, and nothing else
--     codex_served_owner    reads public.memories; reads and writes all that is derived (codex_processed, codex_lake)
--     codex_reader          reads codex_processed, for dashboards and other clients
-- Roles are of the whole server, so making them needs CREATEROLE: the embedded store has them, in your own PostgreSQL an
-- administrator runs this once, and again after an upgrade, as the owner of the tables:
--     psql "$POSTGRES_DB_URL" -f include/store/roles.sql
-- Tables that come later are granted by default privileges. Whoever publishes stays the owner of the tables.
DO $$
DECLARE
    role text;
    schema text;
BEGIN
    FOREACH role IN ARRAY ARRAY['codex_source_reader', 'codex_served_owner', 'codex_reader'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this server has them
        END;
    END LOOP;

    GRANT USAGE ON SCHEMA public TO codex_source_reader, codex_served_owner;
    GRANT SELECT ON public.memories TO codex_source_reader, codex_served_owner;

    FOREACH schema IN ARRAY ARRAY['codex_processed', 'codex_lake'] LOOP
        CONTINUE WHEN to_regnamespace(schema) IS NULL;
        EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', schema);
        EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO codex_served_owner', schema);
        EXECUTE format('GRANT ALL ON ALL TABLES IN SCHEMA %I TO codex_served_owner', schema);
        EXECUTE format('GRANT ALL ON ALL SEQUENCES IN SCHEMA %I TO codex_served_owner', schema);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT ALL ON TABLES TO codex_served_owner', schema);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT ALL ON SEQUENCES TO codex_served_owner', schema);
    END LOOP;

    GRANT USAGE ON SCHEMA codex_processed TO codex_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA codex_processed TO codex_reader;
    ALTER DEFAULT PRIVILEGES IN SCHEMA codex_processed GRANT SELECT ON TABLES TO codex_reader;
END $$;
