-- The lake's schemas, and the tables of schema control that Python writes (dbt makes all others).
CREATE SCHEMA IF NOT EXISTS staging;
CREATE SCHEMA IF NOT EXISTS reference;
CREATE SCHEMA IF NOT EXISTS control;
CREATE SCHEMA IF NOT EXISTS working_memory;
CREATE SCHEMA IF NOT EXISTS short_term;
CREATE SCHEMA IF NOT EXISTS consolidation;
CREATE SCHEMA IF NOT EXISTS threads;
CREATE SCHEMA IF NOT EXISTS long_term;
CREATE SCHEMA IF NOT EXISTS rem;
CREATE SCHEMA IF NOT EXISTS homeostasis;
CREATE SCHEMA IF NOT EXISTS insights;
CREATE SCHEMA IF NOT EXISTS awakening;
CREATE SCHEMA IF NOT EXISTS monitoring;
CREATE SCHEMA IF NOT EXISTS served;

-- One row a rhythm: the instant its current run works for. No model reads another clock.
CREATE TABLE IF NOT EXISTS control.clock (
    rhythm varchar NOT NULL,
    as_of timestamptz NOT NULL,       -- the run's instant
    beat bigint NOT NULL,             -- counts the runs of this rhythm that had something to do
    run_id varchar NOT NULL,
    phase varchar NOT NULL,           -- awake | asleep
    night date NOT NULL,              -- the date on whose evening the night begins that as_of belongs to (noon to noon)
    cycle integer NOT NULL,           -- 1…6 in a night's cycle; 0: not in one (awake, or a nap: the whole night at once)
    slow_wave_until double NOT NULL,  -- share of the night's slow-wave replay that is due by the end of this run (0 … 1)
    rem_until double NOT NULL,        -- share of the night's dreams that is due by the end of this run
    zone varchar NOT NULL             -- timezone of waking and sleeping
);

-- The contract (model, digest, prompt version, schema, options) under which each task is answered at present.
CREATE TABLE IF NOT EXISTS control.answer_contracts (
    task varchar NOT NULL,
    contract varchar NOT NULL,
    model varchar NOT NULL,
    model_digest varchar NOT NULL,
    prompt_version varchar NOT NULL,
    cosine_floor double,              -- embedding only: cosine of unrelated texts under this model …
    cosine_ceiling double             -- … and of texts that say the same (calibrated on fixed sentences)
);

-- Answers, kept by content: (contract, input_hash) is the key.
CREATE TABLE IF NOT EXISTS control.llm_responses (
    contract varchar NOT NULL,
    input_hash varchar NOT NULL,
    task varchar NOT NULL,
    model varchar NOT NULL,
    model_digest varchar NOT NULL,
    prompt_version varchar NOT NULL,
    answer varchar NOT NULL,          -- JSON, valid against the task's answer type
    answered_at timestamptz NOT NULL
);

-- Every call of the language model, and every question that was answered from what is kept. No memory text.
CREATE TABLE IF NOT EXISTS control.llm_calls (
    called_at timestamptz NOT NULL,
    run_id varchar NOT NULL,
    task varchar NOT NULL,
    request_id varchar NOT NULL,
    contract varchar NOT NULL,
    input_hash varchar NOT NULL,
    model varchar NOT NULL,
    outcome varchar NOT NULL,         -- hit | answered | repaired | invalid | sent_back (for repair) | unavailable
    latency_ms double,
    prompt_tokens bigint,
    answer_tokens bigint,
    error varchar,
    model_digest varchar,
    prompt_version varchar,
    attempt integer,                  -- which attempt at the question under this contract, from 1; null for hits
    stragglers integer,               -- how often it was asked again because the answer took too long
    cached_tokens bigint              -- of the prompt, where the server tells what it had not to read anew
);
-- Lakes of before.
ALTER TABLE control.llm_calls ADD COLUMN IF NOT EXISTS model_digest varchar;
ALTER TABLE control.llm_calls ADD COLUMN IF NOT EXISTS prompt_version varchar;
ALTER TABLE control.llm_calls ADD COLUMN IF NOT EXISTS attempt integer;
ALTER TABLE control.llm_calls ADD COLUMN IF NOT EXISTS stragglers integer;
ALTER TABLE control.llm_calls ADD COLUMN IF NOT EXISTS cached_tokens bigint;

ALTER TABLE IF EXISTS staging.stg_codex_store__memories ADD COLUMN IF NOT EXISTS unusable_reason varchar;
ALTER TABLE IF EXISTS rem.creative_insights ADD COLUMN IF NOT EXISTS concerned_id uuid;
ALTER TABLE IF EXISTS rem.creative_insights ADD COLUMN IF NOT EXISTS other_id uuid;
ALTER TABLE IF EXISTS threads.note_relations ADD COLUMN IF NOT EXISTS insight_type varchar;
ALTER TABLE IF EXISTS threads.note_relations ADD COLUMN IF NOT EXISTS insight_confidence double;
ALTER TABLE IF EXISTS threads.note_relations ADD COLUMN IF NOT EXISTS insight_of uuid[];
ALTER TABLE IF EXISTS threads.note_relations ADD COLUMN IF NOT EXISTS answered_at timestamptz;

-- Attempts that gave no valid answer, and their release by the owner. A few in a row make a memory fail.
CREATE TABLE IF NOT EXISTS control.llm_failures (
    failed_at timestamptz NOT NULL,
    task varchar NOT NULL,
    contract varchar NOT NULL,
    input_hash varchar NOT NULL,
    request_id varchar NOT NULL,
    kind varchar NOT NULL,            -- invalid | released
    error varchar
);

-- Embeddings, kept by content: (contract, input_hash) is the key. Unit length.
CREATE TABLE IF NOT EXISTS control.embeddings (
    contract varchar NOT NULL,
    input_hash varchar NOT NULL,
    model varchar NOT NULL,
    model_digest varchar NOT NULL,
    dimension integer NOT NULL,
    vector float[] NOT NULL
);

-- What a server can do with a model, found out once by a probe: (server, model, model_digest) is the key.
CREATE TABLE IF NOT EXISTS control.model_features (
    server varchar NOT NULL,          -- its addresses, without passwords
    model varchar NOT NULL,
    model_digest varchar NOT NULL,
    features varchar NOT NULL,        -- JSON: include.language_model.features.Features
    probed_at timestamptz NOT NULL
);

-- What a night left to the next because its minutes of the model (CODEX_MODEL_MINUTES_A_NIGHT) were used.
CREATE TABLE IF NOT EXISTS control.model_nights (
    night date NOT NULL,              -- the date on whose evening it began
    task varchar NOT NULL,
    waiting bigint NOT NULL,          -- questions
    minutes double NOT NULL,          -- what it had
    noted_at timestamptz NOT NULL
);
-- What the owner pinned, corrected, rejected and answered: the rows of codex_processed.corrections, which is where they
-- are written. `said` and `memory_ids` are the statement as it was, and the notes that it rested on.
CREATE TABLE IF NOT EXISTS control.corrections (
    correction_id bigint NOT NULL,
    made_at timestamptz NOT NULL,
    made_by varchar NOT NULL,
    kind varchar NOT NULL,
    item_id varchar NOT NULL,
    verb varchar NOT NULL,            -- pin | correct | reject | answer
    word varchar,                     -- the owner's text, or their answer
    is_taken_back boolean NOT NULL,
    comment varchar,
    said varchar NOT NULL,
    memory_ids uuid[] NOT NULL
);
-- What of it stands: the last word on each item, unless it was taken back.
CREATE VIEW IF NOT EXISTS control.owners_word AS
SELECT * FROM (
    SELECT * FROM control.corrections
    QUALIFY row_number() OVER (PARTITION BY kind, item_id, verb ORDER BY correction_id DESC) = 1
) AS last_word
WHERE NOT is_taken_back;
