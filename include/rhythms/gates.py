"""Gates: is there anything to do? Cheap questions that keep an idle rhythm to one short task.

Each question counts what is pending for a rhythm at an instant. They look at the same tables as the models, so what
they count is what the models would work off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from include.lake.connection import Lake
from include.parameters import parameters
from include.rhythms.catalogue import BY_DAG
from include.served.audit import owed
from include.store.connection import connect
from include.store.contract import NOT_SUPPRESSED, read_contract

if TYPE_CHECKING:
    import duckdb

    from include.rhythms.clock import Clock


@dataclass(frozen=True)
class Pending:
    """How much waits, and what it is."""

    count: int
    what: str


_UNPERCEIVED = """
    select
        count(*) filter (where not is_deleted) as memories,
        max(updated_at) as latest
    from staging.stg_codex_store__memories
    where is_current
"""

_UNDECIDED = """
    select count(*) from control.processing_state where status = 'pending' and event_at <= $as_of
"""

_WITHOUT_VECTOR = """
    select count(*)
    from working_memory.wm_admissions as admissions
    left join control.answer_contracts as contracts on contracts.task = 'embedding'
    left join control.embeddings as embeddings
        on admissions.embedding_hash = embeddings.input_hash and embeddings.contract = contracts.contract
    left join control.given_up as given_up
        on given_up.task = 'embedding' and admissions.embedding_hash = given_up.input_hash
    where admissions.embedding_hash is not null and embeddings.input_hash is null and given_up.input_hash is null
"""

_WITHOUT_INSIGHT = """
    with given_up as (
        select requests.memory_id, requests.version_hash
        from insights.insight_requests as requests
        inner join control.given_up as given_up
            on given_up.task = 'key_insight' and requests.input_hash = given_up.input_hash
    ),

    memories as (
        select memory_id, version_hash
        from staging.stg_codex_store__current_memories
        where
            length(trim(content)) >= $min_length
            and length(content) <= $max_length
            and (memory_id, version_hash) not in (select (memory_id, version_hash) from given_up)
    ),

    -- Said before: the insight is that of an earlier memory, as long as that is there.
    repeats as (
        select repeats.memory_id, texts.version_hash
        from insights.insight_repeats as repeats
        inner join insights.insight_texts as texts on repeats.memory_id = texts.memory_id
        where repeats.canonical_memory_id in (select memory_id from staging.stg_codex_store__current_memories)
    )

    select
        (
            select count(*) from memories
            where
                (memory_id, version_hash) not in (select (memory_id, version_hash) from insights.insights)
                and (memory_id, version_hash) not in (select (memory_id, version_hash) from repeats)
        ) + (
            select count(*) from insights.insights
            where memory_id not in (select memory_id from staging.stg_codex_store__current_memories)
        )
"""

_WITHOUT_TRACE = """
    with attended as (
        select memory_id, version_hash from working_memory.wm_admissions where fate = 'attended'
    )

    select count(*)
    from attended
    full join short_term.stm_traces as traces
        on attended.memory_id = traces.memory_id and attended.version_hash = traces.version_hash
    where attended.memory_id is null or traces.memory_id is null
"""

_NOT_REPLAYED_AWAKE = """
    select count(*) from consolidation.replay_due where ready_at <= $as_of and not replayed_awake
"""

_NOT_REPLAYED_ASLEEP = """
    select count(*)
    from consolidation.replay_due
    where
        ready_at <= $as_of
        and (
            first_night is null
            or (
                $again and (last_night, last_cycle) <> ($night, $cycle)
                and date_diff('day', first_night, $night) < $replay_nights
                and (first_night = $night or sleep_strength < $threshold)
            )
        )
"""

_LAST_REPLAYED = """
    with replayed as (
        select memory_id, max(beat) as beat, max(event_at) as event_at
        from consolidation.replay_events
        where partner_id is null
        group by memory_id
    )
"""

# Of what was replayed in a night, patterns are looked for when its slow waves are over.
_REPLAYED_SINCE_ASKED = f"""
    {_LAST_REPLAYED}
    select count(*)
    from replayed
    inner join consolidation.memory_replay as known
        on replayed.memory_id = known.memory_id and replayed.beat > known.beat
"""

# Sleep has changed links: a dream was kept, the weekly balance weakened or pruned some. Before the run's instant: the
# same night once more is the same night.
_LINKS_CHANGED = """
    with links as (
        select * from consolidation.memory_associations
    ),

    pruned as (
        select memory_a, memory_b, max(pruned_at) as pruned_at
        from homeostasis.pruned
        where kind = 'link' and pruned_at < $as_of
        group by memory_a, memory_b
    ),

    scaled as (
        select memory_a, memory_b, count(*) as scalings
        from homeostasis.scaling_events
        where event_at < $as_of
        group by memory_a, memory_b
    )

    select
        (
            select count(*)
            from rem.creative_insights as dreams
            left join links on dreams.memory_a = links.memory_a and dreams.memory_b = links.memory_b
            left join pruned on dreams.memory_a = pruned.memory_a and dreams.memory_b = pruned.memory_b
            where
                dreams.is_kept
                and dreams.event_at < $as_of
                and links.memory_a is null
                and (pruned.pruned_at is null or pruned.pruned_at < dreams.event_at)
                and dreams.memory_a in (select memory_id from short_term.stm_traces)
                and dreams.memory_b in (select memory_id from short_term.stm_traces)
        ) + (
            select count(*)
            from links
            left join scaled on links.memory_a = scaled.memory_a and links.memory_b = scaled.memory_b
            left join pruned on links.memory_a = pruned.memory_a and links.memory_b = pruned.memory_b
            where scaled.scalings > links.scalings or links.first_at <= pruned.pruned_at
        )
"""

_GONE_BUT_REPLAYED = """
    select count(distinct memory_id)
    from consolidation.replay_events
    where memory_id not in (select memory_id from short_term.stm_traces)
"""

_UNKNOWN_TO_CORTEX = """
    with given_up as (
        select requests.memory_id, requests.replay_hash
        from long_term.ltm_gist_requests as requests
        inner join control.given_up as given_up
            on given_up.task = 'semantic_summary' and requests.input_hash = given_up.input_hash
    )

    select count(*)
    from consolidation.memory_replay as replay
    full join long_term.ltm_semantic_network as network
        on replay.memory_id = network.memory_id and replay.replay_hash = network.replay_hash
    where
        (
            network.memory_id is null
            and (replay.memory_id, replay.replay_hash) not in (select (memory_id, replay_hash) from given_up)
        )
        or (
            replay.memory_id is null
            and network.memory_id not in (select memory_id from consolidation.memory_replay)
        )
"""

# Recalled since strength was computed; archived, or brought back, since.
_RECALLED_SINCE = """
    select
        (
            select count(*)
            from staging.stg_codex_processed__retrievals as retrievals
            inner join long_term.ltm_strength as strengths on retrievals.memory_id = strengths.memory_id
            where retrievals.retrieved_at <= $as_of and retrievals.retrieved_at > strengths.last_event_at
        ) + (
            select count(*)
            from long_term.ltm_strength as strengths
            left join (
                select distinct memory_id
                from homeostasis.pruned
                where memory_id is not null and restored_at is null
            ) as gone on strengths.memory_id = gone.memory_id
            where strengths.is_archived <> (gone.memory_id is not null)
        )
"""

# Where replay found nothing new, it has strengthened all the same.
_REPLAYED_SINCE = f"""
    {_LAST_REPLAYED}
    select count(*)
    from replayed
    inner join long_term.ltm_strength as strengths on replayed.memory_id = strengths.memory_id
    where replayed.event_at <= $as_of and replayed.event_at > strengths.last_event_at
"""

_DREAMT_TONIGHT = """
    select
        (select count(*) from rem.rem_pairs where night = $night) as dreamt,
        (select count(*) from long_term.ltm_semantic_network) as knowledge,
        (select coalesce(max(beat), 0) from long_term.ltm_semantic_network)
        > (select coalesce(max(knowledge_beat), 0) from rem.rem_pairs) as is_new,
        (
            select count(*)
            from rem.rem_requests as requests
            left join rem.creative_insights as dreams
                on requests.memory_a = dreams.memory_a and requests.memory_b = dreams.memory_b
            left join control.given_up as given_up
                on given_up.task = 'creative_connection' and requests.input_hash = given_up.input_hash
            where dreams.memory_a is null and given_up.input_hash is null
        ) + (
            select count(*)
            from rem.creative_insights
            where
                memory_a not in (select memory_id from long_term.ltm_semantic_network)
                or memory_b not in (select memory_id from long_term.ltm_semantic_network)
        ) as unsettled
"""

_SCALABLE = """
    select
        (select count(*) from consolidation.memory_associations)
        + (select count(*) from short_term.stm_traces where event_at < $as_of - interval 30 day)
"""


def pending(lake: Lake, clock: Clock, *, served: bool = True) -> Pending:
    """What waits for the clock's rhythm at its instant. Raises CodexError when the store can't be used.

    `served`: whether what was built and is not served yet waits, too.
    """
    with lake.connect(threads=2) as connection:
        # One look at the lake's catalog for all questions, instead of one for each: it takes longer than most answers.
        connection.begin()
        try:
            return (pending_on if served else to_work_off)(connection, lake, clock)
        finally:
            connection.rollback()


def to_work_off(connection: duckdb.DuckDBPyConnection, lake: Lake, clock: Clock) -> Pending:
    """What is new for the clock's rhythm, whatever is served."""
    return _QUESTIONS[clock.rhythm](connection, lake, clock)


def pending_on(connection: duckdb.DuckDBPyConnection, lake: Lake, clock: Clock) -> Pending:
    """The same, over a connection to the lake that is open already.

    Where nothing is new, what was built and is not served yet still waits: a night that failed is caught up.
    """
    waiting = to_work_off(connection, lake, clock)
    if waiting.count:
        return waiting
    runs = _count(connection, "select count(*) from control.clock where rhythm = $rhythm", rhythm=clock.rhythm)
    with connect(lake.store_url) as store:
        tables = owed(store, clock.rhythm, BY_DAG[clock.rhythm].serves, has_run=runs > 0)
    return (
        Pending(len(tables), f"tables are not served as they were built ({', '.join(tables)})") if tables else waiting
    )


def _count(connection: duckdb.DuckDBPyConnection, question: str, **given: Any) -> int:
    used = {name: value for name, value in given.items() if f"${name}" in question}
    row = connection.execute(question, used).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _working_memory(connection: duckdb.DuckDBPyConnection, lake: Lake, clock: Clock) -> Pending:
    with connect(lake.store_url) as store:
        dated = read_contract(store).has("updated_at")
        latest = "max(updated_at)" if dated else "NULL::timestamptz"
        source = store.execute(f"SELECT count(*), {latest} FROM public.memories {NOT_SUPPRESSED}").fetchone()
    known = connection.execute(_UNPERCEIVED).fetchone()
    if source is None or known is None:
        return Pending(0, "no source")
    if source[1] is not None and source[1].tzinfo is None:
        source = (source[0], source[1].replace(tzinfo=UTC))  # a column without a zone, as the models read it
    if source != known if dated else source[0] != known[0]:
        return Pending(max(1, abs(source[0] - known[0])), "memories are new, changed or gone")
    undecided = _count(connection, _UNDECIDED, as_of=clock.as_of)
    if undecided:
        return Pending(undecided, "memories wait for attention")
    return Pending(_count(connection, _WITHOUT_VECTOR), "memories have no vector of the present model")


def _insights(connection: duckdb.DuckDBPyConnection, _lake: Lake, _clock: Clock) -> Pending:
    given = parameters()
    count = _count(
        connection, _WITHOUT_INSIGHT, min_length=given.min_content_length, max_length=given.max_content_length
    )
    return Pending(count, "memories have no insight")


def _short_term_memory(connection: duckdb.DuckDBPyConnection, _lake: Lake, _clock: Clock) -> Pending:
    return Pending(_count(connection, _WITHOUT_TRACE), "attended memories have no trace")


def _not_taken_in(connection: duckdb.DuckDBPyConnection, lake: Lake, clock: Clock) -> int:
    """Retrievals that readers wrote since the last were taken in."""
    known = _count(connection, "select coalesce(max(retrieval_id), 0) from staging.stg_codex_processed__retrievals")
    with connect(lake.store_url) as store:
        row = store.execute(
            "SELECT count(*) FROM codex_processed.retrievals WHERE retrieval_id > %s AND retrieved_at <= %s",
            [known, clock.as_of],
        ).fetchone()
    return int(row[0]) if row else 0


def _hippocampal_replay(connection: duckdb.DuckDBPyConnection, lake: Lake, clock: Clock) -> Pending:
    count = _count(connection, _NOT_REPLAYED_AWAKE, as_of=clock.as_of) + _count(connection, _GONE_BUT_REPLAYED)
    if count == 0 and clock.phase == "asleep":
        given = parameters()
        count = _count(
            connection,
            _NOT_REPLAYED_ASLEEP,
            as_of=clock.as_of,
            night=clock.night,
            cycle=clock.cycle,
            replay_nights=given.replay_nights,
            threshold=given.consolidation_threshold,
            # A whole night asked for by hand sleeps on what is new; a real night takes up what is unsettled, too.
            again=not clock.sleep_travels,
        )
    if count:
        return Pending(count, "traces are ready for replay")
    if clock.slow_wave_until >= 1:
        unasked = _count(connection, _REPLAYED_SINCE_ASKED)
        if unasked:
            return Pending(unasked, "replayed memories were not looked through for patterns")
    changed = _count(connection, _LINKS_CHANGED, as_of=clock.as_of)
    if changed:
        return Pending(changed, "links were dreamt, weakened or pruned")
    return Pending(_not_taken_in(connection, lake, clock), "retrievals were not taken in yet")


def _deep_sleep(connection: duckdb.DuckDBPyConnection, _lake: Lake, clock: Clock) -> Pending:
    unknown = _count(connection, _UNKNOWN_TO_CORTEX)
    if unknown:
        return Pending(unknown, "consolidated memories are not yet knowledge")
    if clock.slow_wave_until >= 1:
        replayed = _count(connection, _REPLAYED_SINCE, as_of=clock.as_of)
        if replayed:
            return Pending(replayed, "replayed memories have become stronger")
    return Pending(
        _count(connection, _RECALLED_SINCE, as_of=clock.as_of), "memories were recalled, archived or brought back"
    )


def _rem_sleep(connection: duckdb.DuckDBPyConnection, _lake: Lake, clock: Clock) -> Pending:
    row = connection.execute(_DREAMT_TONIGHT, {"night": clock.night}).fetchone()
    dreamt, knowledge, is_new, unsettled = row if row else (0, 0, False, 0)
    due = max(0, round(parameters().rem_pairs_per_night * clock.rem_until) - dreamt)
    # As in replay: a whole night asked for by hand dreams of what is new.
    if knowledge < 2 or (clock.sleep_travels and not is_new):
        due = 0
    return Pending(unsettled + due, "dreams are due tonight")


def _synaptic_homeostasis(connection: duckdb.DuckDBPyConnection, _lake: Lake, clock: Clock) -> Pending:
    return Pending(_count(connection, _SCALABLE, as_of=clock.as_of), "links and traces to look at")


def _health(_connection: duckdb.DuckDBPyConnection, lake: Lake, _clock: Clock) -> Pending:
    with connect(lake.store_url) as store:
        row = store.execute(
            "SELECT count(*) FROM codex_processed.publications WHERE table_name <> 'memory_journey' AND published_at > "
            "coalesce((SELECT published_at FROM codex_processed.publications WHERE table_name = 'memory_journey'), "
            "'-infinity')"
        ).fetchone()
    return Pending(int(row[0]) if row else 0, "tables were published since")


_QUESTIONS = {
    "working_memory": _working_memory,
    "insights": _insights,
    "short_term_memory": _short_term_memory,
    "hippocampal_replay": _hippocampal_replay,
    "deep_sleep": _deep_sleep,
    "rem_sleep": _rem_sleep,
    "synaptic_homeostasis": _synaptic_homeostasis,
    "health": _health,
}
