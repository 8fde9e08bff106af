-- The source table of the embedded store: the columns codex-store writes. It is made only where the store is
-- embedded; in an owner's own PostgreSQL the table belongs to codex-store and is only read.
CREATE TABLE IF NOT EXISTS public.memories (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    content text NOT NULL,
    content_hash varchar(64) NOT NULL UNIQUE,
    context_fingerprint varchar(64),
    context text NOT NULL DEFAULT '',
    summary text NOT NULL DEFAULT '',
    metadata jsonb DEFAULT '{}',
    tags text[] DEFAULT '{}',
    chunk_index integer,
    total_chunks integer,
    parent_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS memories_created_at ON public.memories (created_at);
CREATE INDEX IF NOT EXISTS memories_updated_at ON public.memories (updated_at, id);
CREATE INDEX IF NOT EXISTS memories_parent_id ON public.memories (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS memories_tags ON public.memories USING gin (tags);

-- A row written by hand need not know the hash, and a change by hand is seen like any other.
CREATE OR REPLACE FUNCTION public.memories_complete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.content_hash IS NULL OR (TG_OP = 'UPDATE' AND NEW.content IS DISTINCT FROM OLD.content
                                    AND NEW.content_hash = OLD.content_hash) THEN
        NEW.content_hash := encode(sha256(convert_to(NEW.content, 'UTF8')), 'hex');
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.updated_at = OLD.updated_at AND NEW IS DISTINCT FROM OLD THEN
        NEW.updated_at := clock_timestamp();
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER memories_complete BEFORE INSERT OR UPDATE ON public.memories
    FOR EACH ROW EXECUTE FUNCTION public.memories_complete();
