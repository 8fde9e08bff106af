-- Tells whoever listens that memories were saved, changed or deleted: one message a statement, however many rows.
-- The embedded store gets it by itself. In your own PostgreSQL the table belongs to codex-store, so install it yourself
-- if new memories shall be taken in within seconds; without it, each minute's beat (06:00-22:00) does it. As the owner
-- of the table:
--     psql "$POSTGRES_DB_URL" -f include/store/saved_memories.sql
CREATE OR REPLACE FUNCTION public.codex_memories_saved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('codex_memories', lower(TG_OP));
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER codex_memories_saved AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.memories
    FOR EACH STATEMENT EXECUTE FUNCTION public.codex_memories_saved();
