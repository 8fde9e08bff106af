"""The 29 properties that the biology must have, each with what is measured, its bound, and a mechanism it must miss.

They read tables that the models wrote. `breaks` is the mechanism that, broken on purpose, must make the property fail:
a test that can't fail says nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean, median
from typing import Any

import numpy as np
from scipy import stats

from include.parameters import parameters
from tests.fidelity.lives import DAY, MORNING, Lives, successive
from tests.fidelity.mind import Mind
from tests.fidelity.rendered import Mutation


@dataclass(frozen=True)
class Measured:
    """What was found: whether the property holds, the figure beside its bound."""

    holds: bool
    figure: str


@dataclass(frozen=True)
class Property:
    """One of the properties of docs/biology.md."""

    number: int
    title: str
    measure: Callable[[Lives], Measured]
    breaks: Mutation

    @property
    def name(self) -> str:
        """P01 … P29."""
        return f"P{self.number:02d}"


PROPERTIES: list[Property] = []


def holds(number: int, title: str, breaks: Mutation) -> Callable[[Callable[[Lives], Measured]], None]:
    """Make a measurement one of the properties."""

    def enter(measure: Callable[[Lives], Measured]) -> None:
        PROPERTIES.append(Property(number, title, measure, breaks))

    return enter


# Attention


@holds(
    1,
    "attended = min(eligible, C), 5 ≤ C ≤ 9, slots 1…n",
    Mutation(
        "a capacity for each memory, not for each window",
        "wm_admissions",
        "'capacity ' || epoch_us(window_start)",
        "'capacity ' || experience_id",
    ),
)
def _(lives: Lives) -> Measured:
    windows = lives.busy_windows.ask(
        """
        select
            count(*) as eligible, count(*) filter (where fate = 'attended') as attended, min(capacity), max(capacity),
            list(slot order by slot) filter (where slot is not null)
        from working_memory.wm_admissions group by window_start
        """
    )
    right = [
        low == high and 5 <= low <= 9 and attended == min(eligible, low) and slots == list(range(1, attended + 1))
        for eligible, attended, low, high, slots in windows
    ]
    capacities = {low for _, _, low, _, _ in windows}
    spread = {5, 9} <= capacities
    return Measured(
        all(right) and spread, f"{sum(right)} of {len(right)} windows, C {min(capacities)}–{max(capacities)}"
    )


@holds(
    2,
    "the focus outweighs the rest, and has at most 5",
    Mutation(
        "the focus takes the latest, not the weightiest",
        "wm_admissions",
        'ranked.rank_in_window <= {{ var("working_memory_focus") }}',
        "md5(cast(judged.memory_id as varchar)) < '8'",
    ),
)
def _(lives: Lives) -> Measured:
    windows = lives.busy_windows.ask(
        """
        select
            min(priority) filter (where in_focus), max(priority) filter (where not in_focus),
            count(*) filter (where in_focus), count(*)
        from working_memory.wm_admissions group by window_start
        """
    )
    right = [
        (outside is None or least >= outside) and focus == min(count, parameters().working_memory_focus) and focus <= 5
        for least, outside, focus, count in windows
    ]
    largest = max(focus for _, _, focus, _ in windows)
    return Measured(all(right), f"{sum(right)} of {len(right)} windows, focus ≤ {largest}")


@holds(
    3,
    "equal scores fade with age, to half at 300 s",
    Mutation(
        "e^(-age/300) instead of a half-life",
        "wm_admissions",
        "pow(\n            0.5,",
        "pow(\n            exp(-1.0),",
    ),
)
def _(lives: Lives) -> Measured:
    rows = lives.busy_windows.ask(
        """
        select
            epoch(admissions.window_end) - epoch(admissions.event_at) as age, priority,
            0.4 * importance + 0.3 * urgency + 0.3 * arousal as salience
        from working_memory.wm_admissions as admissions
        inner join store.public.memories on admissions.memory_id = memories.id
        where content like 'equal %' order by age
        """
    )
    falls = all(earlier[1] > later[1] for earlier, later in successive(rows))
    [ratio] = [priority / salience for age, priority, salience in rows if age == 300]
    return Measured(falls and len(rows) == 10 and abs(ratio - 0.5) <= 1e-6, f"{ratio:.7f} in .5 ± 1e-6")


@holds(
    4,
    "more importance never worsens the rank",
    Mutation("importance counts against", parameters={"attention_weight_importance": -0.4}),
)
def _(lives: Lives) -> Measured:
    rows = lives.busy_windows.ask(
        """
        select importance, rank_in_window from working_memory.wm_admissions as admissions
        inner join store.public.memories on admissions.memory_id = memories.id
        where content like 'rung %' order by importance
        """
    )
    worse = sum(later[1] > earlier[1] for earlier, later in successive(rows))
    return Measured(worse == 0 and len(rows) == 21, f"{worse} of {len(rows) - 1} steps worse")


# Accounting and time


@holds(
    5,
    "after a day's outage all are accounted for at once",
    Mutation(
        "only the last hour is looked at",
        "wm_feature_requests",
        'event_at <= {{ clock("working_memory") }}',
        'event_at between {{ clock("working_memory") }} - interval 1 hour and {{ clock("working_memory") }}',
    ),
)
def _(lives: Lives) -> Measured:
    mind = lives.outage
    [[source]] = mind.ask("select count(*) from store.public.memories")
    fates = dict(mind.ask("select status, count(*) from control.processing_state group by status"))
    whole = sum(fates.values()) == source and set(fates) == {"attended", "unattended", "filtered", "failed"}
    told = " + ".join(f"{count} {fate}" for fate, count in sorted(fates.items()))
    return Measured(whole, f"{source} = {told}; pending {fates.get('pending', 0)}")


TABLES = {
    "working_memory.wm_admissions": "memory_id",
    "short_term.stm_traces": "memory_id",
    "consolidation.replay_events": "phase, night, cycle, memory_id, partner_id",
    "consolidation.trace_strength": "memory_id",
    "consolidation.memory_associations": "memory_a, memory_b",
    "consolidation.memory_replay": "memory_id",
    "long_term.ltm_semantic_network": "memory_id",
    "long_term.ltm_strength": "memory_id",
    "rem.rem_pairs": "memory_a, memory_b",
    "rem.creative_insights": "memory_a, memory_b",
}


def differences(one: Mind, other: Mind) -> tuple[int, float, int]:
    """Keys that only one of two minds has, the largest difference of a number, and how many rows were compared."""
    strange, largest, rows = 0, 0.0, 0
    for table, key in TABLES.items():
        columns = [
            name for name, kind in one.ask(f"select column_name, column_type from (describe {table})")
            if kind in {"DOUBLE", "INTEGER", "BIGINT", "HUGEINT"} and name not in {"beat", "knowledge_beat", "valence"}
        ]  # fmt: skip
        columns = [name for name in columns if name not in key.split(", ")]
        question = f"select {key}, {', '.join(columns)} from {table}"
        width = len(key.split(", "))
        a, b = (Counter(row[:width] for row in mind.ask(question)) for mind in (one, other))
        strange += sum(((a - b) + (b - a)).values())
        values, others = ({row[:width]: row[width:] for row in mind.ask(question)} for mind in (one, other))
        rows += len(values)
        for at in values.keys() & others.keys():
            for x, y in zip(values[at], others[at], strict=True):
                if (x is None) != (y is None):
                    strange += 1
                elif x is not None:
                    largest = max(largest, abs(float(x) - float(y)))
    return strange, largest, rows


@holds(
    6,
    "minute by minute = one batch over 7 days",
    Mutation(
        "a night's plan counts what the day had replayed by then",
        "replay_weights",
        "and phase = 'asleep'\n",
        "and true\n",
    ),
)
def _(lives: Lives) -> Measured:
    strange, largest, rows = differences(lives.week, lives.week_by_the_minute)
    return Measured(strange == 0 and largest <= 1e-9 and rows > 1000, f"{strange} keys of {rows}, |Δ| {largest:.0e}")


def checksum(mind: Mind) -> list[Any]:
    """A hash over all columns of all tables but the counters of runs."""
    return [
        mind.ask(
            f"select bit_xor(hash(rows)), count(*) from "
            f"(select columns(c -> c not in ('beat', 'knowledge_beat', 'answered_at')) from {table}) as rows"
        )
        for table in TABLES
    ]


@holds(
    7,
    "rerun and shuffled input: the same checksum",
    Mutation(
        "chance instead of a hash",
        "uniform",
        "((md5_number_lower({{ key }}) >> 11) / 9007199254740992.0)",
        "random()",
    ),
)
def _(lives: Lives) -> Measured:
    week = lives.week
    first = checksum(week)
    shuffled = checksum(lives.week_shuffled) == first
    night = lives.nights(lives.week_notes, 7)[-1]
    week.run(
        "working_memory", "short_term_memory", "hippocampal_replay", "deep_sleep", as_of=night, asleep=True, gated=False
    )
    again = checksum(week) == first
    return Measured(shuffled and again, f"rerun {'same' if again else 'differs'}, shuffled "
                    f"{'same' if shuffled else 'differs'}")  # fmt: skip


@holds(
    8,
    "source ≤ working ≤ short-term ≤ long-term; no orphans",
    Mutation(
        "a trace is handed over before it was",
        "stm_traces",
        "bindings.window_end as entered_stm_at",
        "bindings.event_at - interval 1 day as entered_stm_at",
    ),
)
def _(lives: Lives) -> Measured:
    [[rows, disordered]] = lives.week.ask(
        """
        select count(*), count(*) filter (where not (
            memories.created_at <= traces.entered_wm_at
            and traces.entered_wm_at <= traces.entered_stm_at
            and traces.entered_stm_at <= coalesce(network.entered_ltm_at, traces.entered_stm_at)
        ))
        from short_term.stm_traces as traces
        left join store.public.memories on traces.memory_id = memories.id
        left join long_term.ltm_semantic_network as network on traces.memory_id = network.memory_id
        """
    )
    stages = [
        ("working_memory.wm_admissions", "memory_id", "store.public.memories", "id"),
        ("short_term.stm_traces", "memory_id", "working_memory.wm_admissions", "memory_id"),
        ("consolidation.replay_events", "memory_id", "short_term.stm_traces", "memory_id"),
        ("consolidation.memory_associations", "memory_a", "short_term.stm_traces", "memory_id"),
        ("consolidation.memory_associations", "memory_b", "short_term.stm_traces", "memory_id"),
        ("consolidation.memory_replay", "memory_id", "short_term.stm_traces", "memory_id"),
        ("long_term.ltm_semantic_network", "memory_id", "consolidation.memory_replay", "memory_id"),
        ("rem.creative_insights", "memory_a", "long_term.ltm_semantic_network", "memory_id"),
        ("rem.creative_insights", "memory_b", "long_term.ltm_semantic_network", "memory_id"),
    ]
    orphans = sum(
        lives.week.ask(f"select count(*) from {child} where {key} not in (select {other} from {parent})")[0][0]
        for child, key, parent, other in stages
    )
    return Measured(
        disordered == 0 and orphans == 0 and rows > 50, f"{disordered} of {rows} out of order, {orphans} orphans"
    )


@holds(
    9,
    "planted episode boundaries are found",
    Mutation("jumps in meaning are not looked at", "stm_episodes", "count(jump) over whole_block >= 4", "false"),
)
def _(lives: Lives) -> Measured:
    mind, planted = lives.planted_episodes
    rows = mind.ask("select memory_id, episode_id, waking_day from short_term.stm_traces order by event_at, memory_id")
    found = missed = false = 0
    for earlier, later in successive(rows):
        if earlier[2] != later[2]:
            continue
        was, seen = planted[earlier[0]] != planted[later[0]], earlier[1] != later[1]
        found += was and seen
        missed += was and not seen
        false += seen and not was
    f1 = 2 * found / (2 * found + missed + false)
    [[longest]] = mind.ask(
        "select max(epoch(ended_at) - epoch(started_at)) / 60 from "
        "(select min(event_at) as started_at, max(event_at) as ended_at from short_term.stm_traces group by episode_id)"
    )
    return Measured(f1 >= 0.9 and longest <= 30, f"F1 {f1:.3f} ≥ .9, longest {longest:.0f} ≤ 30 min")


# Links


@holds(
    10,
    "w in [0, 1], a row a pair, no self-edge",
    Mutation(
        "a pair in both directions",
        "link_coactivations",
        "least(memory_id, partner_id) as memory_a,\n        greatest(memory_id, partner_id)",
        "memory_id as memory_a,\n        partner_id",
    ),
)
def _(lives: Lives) -> Measured:
    [[edges, pairs, loops, low, high]] = lives.week.ask(
        "select count(*), count(distinct [least(memory_a, memory_b), greatest(memory_a, memory_b)]), "
        "count(*) filter (where memory_a = memory_b), min(weight), max(weight) from consolidation.memory_associations"
    )
    fits = edges == pairs and loops == 0 and low >= 0 and high <= 1 and edges > 100
    return Measured(fits, f"{edges} edges of {pairs} pairs, w {low:.3f}–{high:.3f}")


def _weights(lives: Lives) -> dict[frozenset[Any], float]:
    mind, _ = lives.coactivated
    return {
        frozenset((a, b)): weight
        for a, b, weight in mind.ask("select memory_a, memory_b, weight from consolidation.memory_associations")
    }


@holds(
    11,
    "n = 1…50 co-activations: w = 1 − (1 − η)^n",
    Mutation(
        "no soft bound: each co-activation adds as much",
        "link_coactivations",
        'ln(1 - {{ var("hebbian_learning_rate") }} * activation * partner_activation)',
        "-0.1 * activation * partner_activation",
    ),
)
def _(lives: Lives) -> Measured:
    _, notes = lives.coactivated
    weights = _weights(lives)
    w = [weights[frozenset((notes[2 * n].memory_id, notes[2 * n + 1].memory_id))] for n in range(50)]
    off = max(abs(weight - (1 - 0.9 ** (n + 1))) for n, weight in enumerate(w))
    steps = np.diff([0.0, *w])
    fits = off <= 1e-6 and bool((steps > 0).all()) and bool((np.diff(steps) < 0).all())
    return Measured(fits, f"off by {off:.0e} ≤ 1e-6, Δw {steps[0]:.3f} → {steps[-1]:.4f}")


@holds(
    12,
    "co-activations in another order: the same w",
    Mutation(
        "earlier ones count more",
        "link_coactivations",
        "repetitions * ln(",
        "1 / row_number() over (partition by memory_id, partner_id order by event_at) * ln(",
    ),
)
def _(lives: Lives) -> Measured:
    _, notes = lives.coactivated
    weights = _weights(lives)
    pair = lambda place: weights[frozenset((notes[place].memory_id, notes[place + 1].memory_id))]  # noqa: E731
    off = max(abs(pair(100 + 4 * number) - pair(102 + 4 * number)) for number in range(50))
    return Measured(off <= 1e-9, f"|Δ| {off:.0e} ≤ 1e-9")


@holds(
    13,
    "no co-activation or a failed answer: no edge",
    Mutation("a floor for all: whatever comes to mind is linked", parameters={"association_evidence_minimum": 0.0}),
)
def _(lives: Lives) -> Measured:
    rows = lives.apart.ask(
        """
        with ends as (
            select memory_a as memory_id from consolidation.memory_associations
            union all select memory_b from consolidation.memory_associations
        )
        select split_part(content, ' ', 1), count(ends.memory_id)
        from store.public.memories left join ends on memories.id = ends.memory_id group by 1
        """
    )
    edges = dict(rows)
    strange = edges["alone"] + edges["unanswered"] + edges["mute"]
    [[traces]] = lives.apart.ask("select count(*) from short_term.stm_traces where model is null")
    return Measured(
        strange == 0 and edges["together"] > 20 and traces == 4, f"{strange} such edges among {edges['together'] // 2}"
    )


@holds(
    14,
    "twice the daily volume moves the median w ≤ 10 %",
    Mutation("nobody is inhibited: whoever was there that day is a partner", parameters={"partner_competition": 0.0}),
)
def _(lives: Lives) -> Measured:
    once, twice = (
        median(weight for (weight,) in mind.ask("select weight from consolidation.memory_associations"))
        for mind in lives.volumes
    )
    moved = abs(twice - once) / once
    return Measured(moved <= 0.10, f"{once:.4f} → {twice:.4f}, {moved:.1%} ≤ 10 %")


# Feeling


def _consolidated(lives: Lives) -> dict[str, list[bool]]:
    mind, groups = lives.feelings
    done = {memory for (memory,) in mind.ask(
        "select memory_id from consolidation.trace_strength where consolidated_at is not null"
    )}  # fmt: skip
    return {name: [note.memory_id in done for note in notes] for name, notes in groups.items()}


@holds(
    15,
    "500 matched pairs: arousal consolidates",
    Mutation("arousal does not deepen a trace", parameters={"emotional_gain": 0.0}),
)
def _(lives: Lives) -> Measured:
    done = _consolidated(lives)
    calm, stirred = done["arousal 0.1"], done["arousal 0.9"]
    gained = sum(b and not a for a, b in zip(calm, stirred, strict=True))
    lost = sum(a and not b for a, b in zip(calm, stirred, strict=True))
    more = fmean(stirred) - fmean(calm)
    p = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    # The same likes in every bin: the first 250 of each.
    bins = [fmean(done[f"arousal {arousal}"][:250]) for arousal in (0.1, 0.3, 0.5, 0.7, 0.9)]
    rises = all(a <= b for a, b in successive(bins))
    told = " ".join(f"{share:.2f}" for share in bins)
    return Measured(
        more >= 0.10 and p < 0.01 and rises and len(calm) == len(stirred) == 500,
        f"+{more:.3f} ≥ .10, p {p:.0e}; {told}",
    )


@holds(
    16,
    "valence flipped: nothing changes",
    Mutation(
        "good feelings count more",
        "stm_bindings",
        "arousal) as initial_strength",
        "(arousal + 0.1 * valence)) as initial_strength",
    ),
)
def _(lives: Lives) -> Measured:
    strange, largest, rows = differences(*lives.flipped)
    return Measured(strange == 0 and largest <= 1e-9 and rows > 300, f"|Δ| {largest:.0e} ≤ 1e-9 in {rows} rows")


@holds(
    17,
    "weak memories near a strong one consolidate more",
    Mutation(
        "nothing is captured",
        "stm_encoding",
        "* coalesce(captured.captured_strength, 0), 12",
        "* 0, 12",
    ),
)
def _(lives: Lives) -> Measured:
    done = _consolidated(lives)
    near, far = fmean(done["near"]), fmean(done["far"])
    ratio = near / far if far else math.inf if near else math.nan
    return Measured(ratio >= 1.2 and near > 0, f"{near:.2f} : {far:.2f} = {ratio:.2f} ≥ 1.2")


@holds(
    18,
    "Spearman(priority, replays) ≥ .5; old share .30 ± .10",
    Mutation(
        "everybody's turn",
        "replay_plan",
        'gain * activation / nullif({{ exact_avg("gain * activation", over="()") }}, 0) as relative_score',
        "1.0 as relative_score",
    ),
)
def _(lives: Lives) -> Measured:
    # The first night of each memory: what is left for later nights is what the first did not settle.
    rows = lives.week.ask(
        """
        with nights as (
            select memory_id, night, sum(repetitions) as replays
            from consolidation.replay_events
            where phase = 'asleep' and partner_id is null
            group by memory_id, night
        )
        select traces.priority, min_by(nights.replays, nights.night)
        from nights inner join short_term.stm_traces as traces on nights.memory_id = traces.memory_id
        group by traces.memory_id, traces.priority
        """
    )
    rho = stats.spearmanr([row[0] for row in rows], [row[1] for row in rows]).statistic
    shares = lives.week.ask(
        """
        select sum(repetitions) filter (where is_old) / sum(repetitions)
        from consolidation.replay_events
        where phase = 'asleep' and partner_id is null
        group by night order by night
        """
    )
    later = [share or 0.0 for (share,) in shares[1:]]
    fits = rho >= 0.5 and all(abs(share - 0.30) <= 0.10 for share in later) and len(later) == 6
    return Measured(fits, f"ρ {rho:.2f} ≥ .5, old {min(later):.2f}–{max(later):.2f} in .30 ± .10")


# Forgetting


def _recall(lives: Lives, group: str) -> list[float]:
    mind, groups = lives.forgetting
    known = dict(mind.ask("select memory_id, retrievability from long_term.ltm_strength"))
    return [known[note.memory_id] for note in groups[group]]


@holds(
    19,
    "untouched, R strictly falls over days 1–90",
    Mutation("nothing is forgotten", "retrievability", "pow(1 + (pow(", "1 + 0 * pow(1 + (pow("),
)
def _(lives: Lives) -> Measured:
    curve = _recall(lives, "age")
    falls = sum(later < earlier for earlier, later in successive(curve))
    return Measured(falls == 89, f"{falls} of 89 steps down, R(1) {curve[0]:.3f}, R(90) {curve[-1]:.3f}")


@holds(
    20,
    "forgetting is a power law, not an exponential",
    Mutation(
        "exponential forgetting",
        "retrievability",
        "pow(1 + (pow(0.9, -1.0 / {{ exponent }}) - 1) * greatest({{ days }}, 0) / {{ stability }}, -{{ exponent }})",
        "exp(-0.02 * greatest({{ days }}, 0) / {{ stability }})",
    ),
)
def _(lives: Lives) -> Measured:
    days, curve = np.arange(1, 91), np.log(_recall(lives, "age"))
    power, exponential = stats.linregress(np.log(days), curve), stats.linregress(days, curve)
    r2, other, slope = power.rvalue**2, exponential.rvalue**2, power.slope
    fits = r2 >= 0.95 and r2 - other >= 0.03 and -0.6 <= slope <= -0.1
    return Measured(fits, f"R² {r2:.3f} ≥ .95, exp. {other:.3f}, slope {slope:.2f}")


@holds(
    21,
    "spaced recall lasts longer than massed",
    Mutation(
        "an event makes as stable however fresh the trace is",
        "ltm_strength",
        "1 + event.gain * (1 - ",
        "1 + event.gain * (1 - 0 * ",
    ),
)
def _(lives: Lives) -> Measured:
    spaced, massed = fmean(_recall(lives, "spaced")), fmean(_recall(lives, "massed"))
    return Measured(spaced / massed >= 1.1, f"{spaced:.3f} : {massed:.3f} = {spaced / massed:.2f} ≥ 1.1")


@holds(
    22,
    "retrieved > restudied > untouched at 7 days",
    Mutation("to recall is no more than to see again", parameters={"gain_retrieval": 2.0}),
)
def _(lives: Lives) -> Measured:
    retrieved, restudied, untouched = (fmean(_recall(lives, name)) for name in ("retrieved", "restudied", "untouched"))
    least = min(retrieved - restudied, restudied - untouched)
    return Measured(least >= 0.02, f"{retrieved:.3f} > {restudied:.3f} > {untouched:.3f}, by ≥ {least:.3f}")


# Homeostasis


def _sunday(lives: Lives, when: str) -> dict[Any, float]:
    return {(row[0], row[1]): row[2] for row in lives.sunday[when]}


@holds(
    23,
    "homeostasis: × .90, ratios and protected unchanged",
    Mutation(
        "the same week once more",
        "scaling_events",
        "and cast(run.week as date) not in (select week from",
        "and date '1970-01-01' not in (select week from",
    ),
)
def _(lives: Lives) -> Measured:
    before, after, again = (_sunday(lives, when) for when in ("before", "after", "again"))
    scaled = lives.sunday["scaled"]
    ratio = sum(after[pair] for pair in scaled) / sum(before[pair] for pair in scaled)
    spread = max(abs(after[pair] / before[pair] - 0.9) for pair in scaled)
    spared = before.keys() - scaled
    moved = max(abs(after[pair] - before[pair]) for pair in spared)
    recent = lives.sunday["sunday"] - timedelta(days=7)
    protected = {(row[0], row[1]) for row in lives.sunday["before"] if row[3] >= recent}
    fits = abs(ratio - 0.9) <= 1e-6 and spread <= 1e-6 and moved == 0 and again == after and protected <= spared
    return Measured(
        fits and len(scaled) > 50 and len(spared) > 50,
        f"× {ratio:.7f} of {len(scaled)}, {len(spared)} spared move {moved:.0e}, "
        f"again {'same' if again == after else 'differs'}",
    )


@holds(
    24,
    "homeostasis keeps the order: Spearman ≥ .99",
    Mutation(
        "only what is strong is scaled, and much",
        "scaling_events",
        '{{ var("homeostasis_factor") }} as factor',
        "case when links.weight > 0.3 then 0.4 else 1.0 end as factor",
    ),
)
def _(lives: Lives) -> Measured:
    before, after = _sunday(lives, "before"), _sunday(lives, "after")
    rho = stats.spearmanr(list(before.values()), [after[pair] for pair in before]).statistic
    return Measured(rho >= 0.99, f"ρ {rho:.4f} ≥ .99")


@holds(
    25,
    "downscaling survives the next night",
    Mutation(
        "the next rebuild forgets it",
        "memory_associations",
        "when step.is_scaling then weight.factor * step.factor",
        "when step.is_scaling then weight.factor",
    ),
)
def _(lives: Lives) -> Measured:
    before, later = _sunday(lives, "before"), _sunday(lives, "later")
    untouched = [pair for pair in lives.sunday["scaled"] if pair not in lives.sunday["replayed"]]
    off = max(abs(later[pair] - 0.9 * before[pair]) for pair in untouched)
    return Measured(off <= 1e-9 and len(untouched) > 20, f"{len(untouched)} links, |Δ| {off:.0e}")


@holds(
    26,
    "a year of steady input: no drift, no saturation",
    Mutation(
        "what is faint is never let go", "pruned", 'links.weight < {{ var("weak_connection_threshold") }}', "false"
    ),
)
def _(lives: Lives) -> Measured:
    year = lives.year
    means = year["means"][39:52]
    drift = abs(means[-1] - means[0]) / means[0]
    full = max(year["saturated"])
    return Measured(drift < 0.05 and full < 0.01, f"{drift:.1%} < 5 %, {full:.1%} ≥ .99 (< 1 %)")


@holds(
    27,
    "what is pruned was neither used nor protected",
    Mutation(
        "whatever is faint goes, however lately it was used",
        "pruned",
        'and links.last_at < run.as_of - interval {{ var("archive_after_days") }} day',
        "",
    ),
)
def _(lives: Lives) -> Measured:
    year = lives.year
    mind = year["mind"]
    links = mind.ask("select memory_a, memory_b, pruned_at from homeostasis.pruned where kind = 'link'")
    memories = mind.ask("select memory_id, pruned_at from homeostasis.pruned where kind = 'memory'")
    used = mind.ask(
        """
        select count(*) from homeostasis.pruned as pruned
        inner join consolidation.replay_events as events on
            pruned.kind = 'link' and least(events.memory_id, events.partner_id) = pruned.memory_a
            and greatest(events.memory_id, events.partner_id) = pruned.memory_b
            or pruned.kind = 'memory' and events.memory_id = pruned.memory_id and events.partner_id is null
        where events.event_at between pruned.pruned_at - interval 30 day and pruned.pruned_at
        """
    )[0][0]
    protected = sum((a, b) in year["protected"].get(at, ()) for a, b, at in links)
    protected += sum((a, b) in year["protected"].get(at.astimezone(MORNING.tzinfo), ()) for a, b, at in links)
    accessed = sum(memory == year["recalled"].memory_id for memory, _ in memories)
    gone = dict(memories)
    probe = gone.get(year["probe"].memory_id)
    age = (probe - year["probe"].created_at) / DAY if probe else math.inf
    fits = used == protected == accessed == 0 and age <= 60 and len(links) > 50
    return Measured(
        fits, f"{used + protected + accessed} of {len(links)} links, {len(memories)} memories; probe after {age:.0f} d"
    )


# Dreams and nights


@holds(
    28,
    "cosine: random < REM < consolidation, by ≥ .05",
    Mutation("dreams of anything", parameters={"rem_band_low": 0.0, "rem_band_high": 0.6}),
)
def _(lives: Lives) -> Measured:
    mind = lives.dreams
    vectors = """
        select network.memory_id, embeddings.vector
        from long_term.ltm_semantic_network as network
        inner join short_term.stm_traces as traces on network.memory_id = traces.memory_id
        inner join control.embeddings as embeddings on traces.embedding_hash = embeddings.input_hash
    """
    [[random]] = mind.ask(
        f"with v as ({vectors}) select avg(list_inner_product(a.vector, b.vector)) from v as a "
        "inner join v as b on a.memory_id < b.memory_id"
    )
    [[rem, count, distinct]] = mind.ask(
        "select avg(cosine), count(*), count(distinct [memory_a, memory_b]) from rem.rem_pairs"
    )
    [[linked]] = mind.ask(
        f"with v as ({vectors}) select avg(list_inner_product(a.vector, b.vector)) "
        "from consolidation.memory_associations as links "
        "inner join v as a on links.memory_a = a.memory_id inner join v as b on links.memory_b = b.memory_id "
        "where not links.is_dream_only"
    )
    [[already]] = mind.ask(
        "select count(*) from rem.rem_pairs as pairs inner join consolidation.memory_associations as links "
        "using (memory_a, memory_b) where links.first_at < pairs.event_at and not links.is_dream_only"
    )
    fits = rem - random >= 0.05 and linked - rem >= 0.05 and count >= 100 and distinct == count and already == 0
    return Measured(fits, f"{random:.3f} < {rem:.3f} < {linked:.3f}, n {count}, {already} linked")


@holds(
    29,
    "slow-wave replay early, REM late, cycles of 90 min",
    Mutation(
        "what is due is due at once",
        "replay_plan",
        "* run.slow_wave_until",
        "* cast(run.cycle >= 4 as integer)",
    ),
)
def _(lives: Lives) -> Measured:
    mind = lives.planned_night
    night = (MORNING + 2 * DAY).date()
    middle = mind.plan.cycle_start(night, 1) + 2.5 * mind.plan.cycle_length
    [[early, cycles]] = mind.ask(
        "select coalesce(sum(repetitions) filter (where event_at < ?), 0) / sum(repetitions), "
        "list_sort(list(distinct event_at)) from consolidation.replay_events "
        "where phase = 'asleep' and partner_id is null and night = ? and cycle > 0",
        [middle, night],
    )
    [[late, dreams]] = mind.ask(
        "select avg((event_at >= ?)::int), list_sort(list(distinct event_at)) from rem.rem_pairs where night = ?",
        [middle, night],
    )
    lengths = [(later - earlier) / timedelta(minutes=1) for earlier, later in successive(cycles)]
    begun = len(cycles) >= 4 and all(89 <= length <= 91 for length in lengths)
    ordered = all(any(c < dream < c + timedelta(minutes=91) for c in cycles) for dream in dreams)
    fits = early >= 0.6 and late >= 0.6 and begun and ordered
    return Measured(fits, f"slow-wave {early:.0%} early, REM {late:.0%} late, cycles {min(lengths, default=0):.0f} min")
