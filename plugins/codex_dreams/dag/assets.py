"""Our own assets: what one rhythm tells the next. An event is a wake-up; the work is what is pending.

What the store tells the first rhythm is beside its trigger: `codex_dreams.triggers.saved_memories`.
"""

from __future__ import annotations

from airflow.sdk import Asset

MEMORIES = Asset("memories", uri="codex://memories", group="codex")
"""Memories were perceived, and the quick path has not shown them yet."""
ATTENTION = Asset("attention", uri="codex://attention", group="codex")
"""Memories were attended that have no trace yet."""
READY_EPISODES = Asset("ready_episodes", uri="codex://ready_episodes", group="codex")
"""Traces are ready for replay."""
REPLAYED = Asset("replayed", uri="codex://replayed", group="codex")
"""Memories were consolidated that the cortex does not know yet."""
RELATIONS = Asset("relations", uri="codex://relations", group="codex")
"""Memories say more together than by themselves, and that is not shown yet."""
KNOWLEDGE = Asset("knowledge", uri="codex://knowledge", group="codex")
"""Knowledge was added or changed, and published."""
INSIGHTS = Asset("insights", uri="codex://insights", group="codex")
"""Insights of the quick path were published."""
DREAMS = Asset("dreams", uri="codex://dreams", group="codex")
"""Dreams were published."""
BALANCE = Asset("balance", uri="codex://balance", group="codex")
"""Links were scaled down, or something was let go."""

ASSETS = {
    asset.name: asset
    for asset in (MEMORIES, ATTENTION, READY_EPISODES, REPLAYED, RELATIONS, KNOWLEDGE, INSIGHTS, DREAMS, BALANCE)
}
"""By name."""
