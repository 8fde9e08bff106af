"""What is published: for each served table its key and where its rows come from in the lake.

Every query gives the served columns by name, except `as_of` (the run's) and `row_hash` (over the rest), which the
publisher adds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

IMPORTED = "imported"
"""The `row_hash` of rows that were imported (`include/transfer/import_records.py`): the lake knows nothing of them."""


@dataclass(frozen=True)
class ServedTable:
    """One table of `codex_processed`, published from the lake by key."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    query: str


INSIGHTS = ServedTable(
    "insights",
    ("id",),
    (
        "id",
        "memory_id",
        "key_insight",
        "insight_type",
        "confidence_score",
        "people",
        "concepts",
        "tools",
        "locations",
        "extraction_model",
        "prompt_version",
        "source_memory_ids",
        "extraction_timestamp",
        "created_at",
    ),
    """
    -- Who says it: the memory it was made of, then those that repeat it.
    with repeats as (
        select canonical_memory_id, list(memory_id order by created_at, memory_id) as memory_ids
        from insights.insight_repeats
        group by canonical_memory_id
    )

    select
        insights.insight_id as id, insights.memory_id, insights.key_insight, insights.insight_type,
        insights.confidence_score, insights.people, insights.concepts, insights.tools, insights.locations,
        insights.model as extraction_model, insights.prompt_version,
        list_prepend(insights.memory_id, coalesce(repeats.memory_ids, [])) as source_memory_ids,
        insights.answered_at as extraction_timestamp, insights.created_at
    from insights.insights as insights
    left join repeats on insights.memory_id = repeats.canonical_memory_id
    """,
)

MEMORY_INDEX = ServedTable(
    "memory_index",
    ("memory_id",),
    (
        "memory_id",
        "content",
        "context",
        "summary",
        "tags",
        "created_at",
        "status",
        "status_reason",
        "topics",
        "people",
        "places",
        "embedding",
        "embedding_model",
        "model",
        "prompt_version",
    ),
    """
    with vectors as (
        select embeddings.input_hash, embeddings.vector, embeddings.model
        from control.embeddings
        inner join control.answer_contracts as contracts
            on embeddings.contract = contracts.contract and contracts.task = 'embedding'
    )

    select
        memories.memory_id, memories.content, memories.context, memories.summary, memories.tags, memories.created_at,
        state.status, state.reason as status_reason,
        coalesce(admissions.topics, []) as topics,
        coalesce(admissions.people, []) as people,
        coalesce(admissions.places, []) as places,
        cast(vectors.vector as varchar) as embedding,
        vectors.model as embedding_model,
        admissions.model, admissions.prompt_version
    from staging.stg_codex_store__current_memories as memories
    inner join control.processing_state as state on memories.memory_id = state.memory_id
    left join working_memory.wm_admissions as admissions on memories.memory_id = admissions.memory_id
    left join vectors on admissions.embedding_hash = vectors.input_hash
    """,
)

EPISODES = ServedTable(
    "episodes",
    ("id",),
    (
        "id",
        "started_at",
        "ended_at",
        "memory_ids",
        "headline",
        "goal",
        "people",
        "places",
        "topics",
        "peak_arousal",
        "mean_valence",
        "peak_strength",
        "model",
        "prompt_version",
    ),
    """
    -- Headline and goal are of its strongest traces: who structured those.
    with structured as (
        select episode_id, max(model) as model, max(prompt_version) as prompt_version
        from short_term.stm_traces
        group by episode_id
    )

    select
        episodes.episode_id as id, episodes.started_at, episodes.ended_at, episodes.memory_ids, episodes.headline,
        episodes.goal, episodes.people, episodes.places, episodes.topics, episodes.peak_arousal, episodes.mean_valence,
        episodes.peak_strength, structured.model, structured.prompt_version
    from short_term.stm_episode_formation as episodes
    left join structured on episodes.episode_id = structured.episode_id
    """,
)

MEMORY_STRENGTHS = ServedTable(
    "memory_strengths",
    ("memory_id",),
    ("memory_id", "episode_id", "encoding_strength", "strength", "consolidated_at"),
    """
    select
        traces.memory_id, traces.episode_id, traces.encoding_strength, strengths.strength, strengths.consolidated_at
    from short_term.stm_traces as traces
    inner join consolidation.trace_strength as strengths on traces.memory_id = strengths.memory_id
    """,
)

ASSOCIATIONS = ServedTable(
    "associations",
    ("memory_a", "memory_b"),
    ("memory_a", "memory_b", "weight", "coactivations", "first_at", "last_at", "is_dream_only"),
    """
    -- Links are computed anew with each replay; what was scaled down or pruned since is counted in here.
    with later as (
        select links.memory_a, links.memory_b, exp(sum(ln(scaled.factor))) as factor
        from consolidation.memory_associations as links
        inner join (
            select *, row_number() over (partition by memory_a, memory_b order by event_at) as nth
            from homeostasis.scaling_events
        ) as scaled
            on
                links.memory_a = scaled.memory_a
                and links.memory_b = scaled.memory_b
                and scaled.nth > links.scalings
        group by links.memory_a, links.memory_b
    )

    select
        links.memory_a, links.memory_b, round(links.effective_weight * coalesce(later.factor, 1), 12) as weight,
        cast(links.coactivations as bigint) as coactivations, links.first_at, links.last_at, links.is_dream_only
    from consolidation.memory_associations as links
    left join later on links.memory_a = later.memory_a and links.memory_b = later.memory_b
    where not exists (
        select 1 from homeostasis.pruned
        where
            kind = 'link'
            and pruned.memory_a = links.memory_a
            and pruned.memory_b = links.memory_b
            and pruned.pruned_at >= links.last_at
    )
    """,
)

SEMANTIC_MEMORY = ServedTable(
    "semantic_memory",
    ("id",),
    (
        "id",
        "source_memory_id",
        "source_memory_ids",
        "semantic_gist",
        "knowledge_type",
        "abstraction_level",
        "confidence_score",
        "semantic_category",
        "cortical_region",
        "macrocolumn_id",
        "minicolumn_id",
        "column_rank",
        "patterns",
        "insights",
        "predictions",
        "principles",
        "contradictions",
        "related_concepts",
        "integration_points",
        "consolidated_strength",
        "stability_days",
        "retrievability",
        "retrieval_strength",
        "access_count",
        "last_accessed_at",
        "memory_age",
        "consolidation_state",
        "is_archived",
        "processing_version",
        "model",
        "prompt_version",
        "event_at",
        "consolidated_at",
        "created_at",
        "canonical_id",
        "evidence_count",
        "valid_from",
        "superseded_at",
        "superseded_by",
    ),
    """
    -- Concepts by their names, in the order of what was written; of a concept that is archived, as it was written.
    with names as (
        select concept, unnest(written_as) as written from long_term.ltm_concepts
    ),

    written as (
        select memory_id, unnest(concepts) as written, generate_subscripts(concepts, 1) as nth
        from long_term.ltm_semantic_network
    ),

    concepts as (
        select memory_id, list(concept order by nth) as concepts
        from (
            select written.memory_id, coalesce(names.concept, written.written) as concept, min(written.nth) as nth
            from written
            left join names on written.written = names.written
            group by all
        )
        group by memory_id
    )

    select
        network.knowledge_id as id,
        network.memory_id as source_memory_id,
        list_prepend(network.memory_id, list_transform(replay.associates, lambda other: other.memory_id)[1:5])
            as source_memory_ids,
        network.semantic_gist, network.knowledge_type, network.abstraction_level,
        strengths.consolidated_strength as confidence_score,
        network.semantic_category, network.cortical_region,
        columns.macrocolumn_id, columns.minicolumn_id, columns.column_rank,
        network.patterns, network.insights, network.predictions, network.principles, network.contradictions,
        coalesce(concepts.concepts, []) as related_concepts, network.integration_points,
        strengths.consolidated_strength, strengths.stability_days, strengths.retrievability,
        strengths.retrieval_strength, strengths.access_count, strengths.last_accessed_at, strengths.memory_age,
        strengths.consolidation_state,
        network.memory_id in (
            select memory_id from homeostasis.pruned where kind = 'memory' and restored_at is null
        ) as is_archived,
        '1' as processing_version,
        network.model, network.prompt_version, network.event_at, network.consolidated_at,
        network.entered_ltm_at as created_at,
        coalesce(validity.canonical_id, network.knowledge_id) as canonical_id,
        coalesce(validity.evidence_count, 1) as evidence_count,
        network.event_at as valid_from, validity.superseded_at, validity.superseded_by
    from long_term.ltm_semantic_network as network
    inner join long_term.ltm_strength as strengths on network.memory_id = strengths.memory_id
    inner join consolidation.memory_replay as replay on network.memory_id = replay.memory_id
    left join long_term.ltm_cortical_columns as columns on network.memory_id = columns.memory_id
    left join long_term.ltm_validity as validity on network.memory_id = validity.memory_id
    left join concepts on network.memory_id = concepts.memory_id
    """,
)

CREATIVE_INSIGHTS = ServedTable(
    "creative_insights",
    ("id",),
    (
        "id",
        "source_memory_1",
        "source_memory_2",
        "source_memory_ids",
        "creative_connection",
        "discovery_type",
        "shared_theme",
        "plausibility",
        "novelty",
        "night",
        "cycle",
        "model",
        "prompt_version",
        "created_at",
    ),
    """
    select
        dream_id as id, memory_a as source_memory_1, memory_b as source_memory_2,
        [memory_a, memory_b] as source_memory_ids, creative_connection, 'rem_sleep' as discovery_type, shared_theme,
        plausibility, novelty, night, cycle, model, prompt_version, event_at as created_at
    from rem.creative_insights
    where is_kept
    """,
)

MEMORY_JOURNEY = ServedTable(
    "memory_journey",
    ("memory_id", "step"),
    ("memory_id", "step", "stage", "event_type", "event_at", "details"),
    "select memory_id, step, stage, event_type, event_at, details from monitoring.processing_log",
)

SERVED = {
    table.name: table
    for table in (
        MEMORY_INDEX,
        INSIGHTS,
        EPISODES,
        ASSOCIATIONS,
        MEMORY_STRENGTHS,
        SEMANTIC_MEMORY,
        CREATIVE_INSIGHTS,
        MEMORY_JOURNEY,
    )
}
"""All, by name. Which rhythm publishes which is in `include/rhythms/catalogue.py`."""


def served_tables(names: Iterable[str]) -> list[ServedTable]:
    """The served tables of these names."""
    return [SERVED[name] for name in names]
