"""The summary of a time-lapse as Markdown: strongest associations, episodes, concepts, dreams, archived memories."""

from __future__ import annotations

from include.lake.connection import configured_lake

_TITLE = "coalesce({0}.summary, left(regexp_replace({0}.content, '\\s+', ' ', 'g'), 80))"

_SECTIONS: dict[str, tuple[str, str]] = {
    "Strongest associations": (
        "| weight | co-activations | memory | memory |\n|---|---|---|---|",
        f"""
        select round(links.effective_weight, 3), links.coactivations, {_TITLE.format("a")}, {_TITLE.format("b")}
        from consolidation.memory_associations as links
        inner join staging.stg_codex_store__current_memories as a on links.memory_a = a.memory_id
        inner join staging.stg_codex_store__current_memories as b on links.memory_b = b.memory_id
        where not links.is_dream_only
        order by links.effective_weight desc, links.memory_a, links.memory_b limit 10
        """,
    ),
    "Episodes with the most memories": (
        "| began | memories | headline | goal |\n|---|---|---|---|",
        """
        select strftime(started_at, '%Y-%m-%d %H:%M'), memories, headline, goal
        from short_term.stm_episode_formation where memories > 1
        order by memories desc, peak_strength desc, episode_id limit 5
        """,
    ),
    "Top concepts": (
        "| concept | items | strength |\n|---|---|---|",
        "select concept, items, round(strength, 2) from long_term.ltm_concepts "
        "order by keyness desc, items desc, concept limit 15",
    ),
    "Dreams": (
        "| night | plausibility | dream |\n|---|---|---|",
        """
        select night, round(plausibility, 2), creative_connection from rem.creative_insights where is_kept
        order by plausibility desc, memory_a, memory_b limit 5
        """,
    ),
    "Archived memories": (
        "| archived | retrievability left | memory |\n|---|---|---|",
        f"""
        select strftime(pruned.pruned_at, '%Y-%m-%d'), round(pruned.remaining, 3), {_TITLE.format("memories")}
        from homeostasis.pruned as pruned
        inner join staging.stg_codex_store__current_memories as memories on pruned.memory_id = memories.memory_id
        where pruned.restored_at is null
        order by pruned.remaining, pruned.memory_id limit 10
        """,
    ),
}


def summary_page() -> str:
    """A page of Markdown, from the lake that this process works with."""
    parts = ["# What was learned"]
    with configured_lake().connect(threads=2) as lake:
        for title, (header, query) in _SECTIONS.items():
            rows = lake.execute(query).fetchall()
            lines = ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
            parts.append(f"## {title}\n\n" + ("\n".join([header, *lines]) if lines else "None."))
    return "\n\n".join(parts) + "\n"


def _cell(value: object) -> str:
    return "" if value is None else " ".join(str(value).split()).replace("|", "\\|")
