"""Pictures of a time-lapse, as PNG and SVG."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.reading.colours import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY
from include.timelapse.observations import Sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SERIES = (RED, ORANGE, PURPLE, SKY, BLUE, GREEN)
_DASHES = ("-", "--", "-.", ":", "-", "--")
_STABILITIES = ("under 2 days", "2 to 7 days", "7 to 30 days", "30 days and more")
_STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    # Over lines and bands, the words stay readable.
    "legend.facecolor": "white",
    "legend.edgecolor": "none",
    "legend.framealpha": 0.85,
    "svg.hashsalt": "codex-dreams",
}


def draw_all(sheets: dict[str, Sheet], folder: Path) -> list[Path]:
    """All pictures that the sheets give something for; returns the files, a PNG and an SVG each."""
    import matplotlib as mpl

    pictures: dict[str, Callable[[dict[str, Sheet]], Figure | None]] = {
        "forgetting": forgetting,
        "weights": weights,
        "attention": attention,
        "hypnogram": hypnogram,
    }
    written = []
    with mpl.rc_context(_STYLE):
        for name, draw in pictures.items():
            figure = draw(sheets)
            if figure is None:
                continue
            for kind, metadata in (("png", None), ("svg", {"Date": None})):
                path = folder / f"{name}.{kind}"
                figure.savefig(path, format=kind, dpi=150, metadata=metadata)
                written.append(path)
    return written


def _figure(width: float, height: float) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _shortened(text: str, length: int) -> str:
    # A dollar sign would begin a formula.
    text = text.replace("$", r"\$")
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _dated(axes: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def forgetting(sheets: dict[str, Sheet]) -> Figure | None:
    """Left: single memories through the nights. Right: retrievability after days without use, by stability."""
    followed, fading = sheets["followed"], sheets["fading"]
    if not fading.rows:
        return None
    figure = _figure(13, 5.2)
    through, since = figure.subplots(1, 2, sharey=True)

    for index, memory_id in enumerate(dict.fromkeys(followed.column("memory_id"))):
        one = followed.where("memory_id", memory_id)
        stability = one.column("stability_days")[-1]
        through.plot(
            one.column("at"),
            one.column("retrievability"),
            color=_SERIES[index % len(_SERIES)],
            linestyle=_DASHES[index % len(_DASHES)],
            linewidth=1.4,
            label=f"{_shortened(one.column('title')[0], 34)} (S = {stability:.3g} days)",
        )
    _dated(through)
    through.set(title="Single memories through the nights", xlabel="date", ylabel="retrievability R (0 … 1)")
    through.set_ylim(0, 1.02)
    if followed.rows:
        through.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), fontsize=8, ncols=2)

    for index, stability in enumerate(_STABILITIES):
        days, means, counts = _by_days(fading.where("stability", stability))
        if days:
            since.plot(
                days,
                means,
                marker="osD^"[index],
                markersize=4,
                color=_SERIES[index + 1],
                linewidth=1.2,
                label=f"S {stability} ({sum(counts):,} looks)",
            )
    since.set(title="What is left after days without use", xlabel="days since last recalled, restudied or replayed")
    since.set_xscale("symlog", linthresh=1)
    since.set_xticks([0, 1, 2, 5, 10, 20, 50, 100, 200], labels=["<1", "1", "2", "5", "10", "20", "50", "100", "200"])
    since.set_xlim(0, max(2.0, max(fading.column("days_since")) * 1.1))
    since.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), fontsize=8, ncols=2, title="stability S")
    figure.suptitle("Forgetting, and what use does to it")
    return figure


def _by_days(sheet: Sheet) -> tuple[list[float], list[float], list[int]]:
    """Mean retrievability by whole days since the last event, with the number of looks."""
    sums: dict[float, tuple[float, int]] = {}
    for day, count, total in zip(
        sheet.column("days_since"), sheet.column("memories"), sheet.column("retrievability_sum"), strict=True
    ):
        before = sums.get(day, (0.0, 0))
        sums[day] = (before[0] + total, before[1] + count)
    days = sorted(sums)
    return days, [sums[day][0] / sums[day][1] for day in days], [sums[day][1] for day in days]


def weights(sheets: dict[str, Sheet]) -> Figure | None:
    """Left: quantiles of link weights night by night. Right: their distribution at the start, middle and end."""
    seen, bins = sheets["weights"], sheets["weight_bins"]
    if not seen.rows:
        return None
    figure = _figure(13, 4.6)
    course, spread = figure.subplots(1, 2)
    nights = seen.column("night")
    course.fill_between(nights, seen.column("q05"), seen.column("q95"), color=SKY, alpha=0.25, label="5 to 95 %")
    course.fill_between(nights, seen.column("q25"), seen.column("q75"), color=SKY, alpha=0.6, label="25 to 75 %")
    course.plot(nights, seen.column("q50"), color=BLUE, linewidth=1.8, label="median")
    course.plot(nights, seen.column("mean"), color=RED, linestyle="--", linewidth=1.2, label="mean")
    sundays = [night for night in nights if _date(night).weekday() == 5]
    for index, sunday in enumerate(sundays):
        course.axvline(sunday, color=GREY, linestyle=":", linewidth=0.8, label=None if index else "weekly downscaling")
    _dated(course)
    course.set(title="Course", xlabel="night", ylabel="link weight as of the night (0 … 1)")
    course.set_ylim(0, None)
    course.legend(fontsize=8, loc="upper right")

    shown = sorted({0, len(nights) // 2, len(nights) - 1})
    for index, place in enumerate(shown):
        one = bins.where("night", nights[place])
        total = sum(one.column("links"))
        edges = [*one.column("weight_from"), one.column("weight_to")[-1]]
        spread.stairs(
            [100 * links / total for links in one.column("links")],
            edges,
            color=(BLUE, ORANGE, GREEN)[index],
            linestyle=("-", "--", ":")[index],
            linewidth=1.8,
            label=f"{_date(nights[place])}: {total:,} links",
        )
    spread.set(title="Distribution", xlabel="link weight (bins of 0.02)", ylabel="share of links (%)")
    spread.set_xlim(0, min(1.0, max(bins.column("weight_to")) + 0.02))
    spread.legend(fontsize=8)
    figure.suptitle("Weights of the links between memories")
    return figure


def attention(sheets: dict[str, Sheet]) -> Figure | None:
    """A busy day: when what came to mind, how much it mattered, and whether it got a place."""
    day = sheets["attention"]
    if not day.rows:
        return None
    figure = _figure(11, 5)
    axes: Axes = figure.subplots()
    kinds = {
        "attended, in focus": (BLUE, "o", lambda fate, focus: fate == "attended" and focus),
        "attended": (SKY, "s", lambda fate, focus: fate == "attended" and not focus),
        "unattended": (ORANGE, "v", lambda fate, _: fate == "unattended"),
        "not judged (filtered, failed, pending)": (GREY, "x", lambda fate, _: fate not in {"attended", "unattended"}),
    }
    times = day.column("local_time")
    priorities = [priority or 0.0 for priority in day.column("priority")]
    states = list(zip(day.column("fate"), day.column("in_focus"), strict=True))
    for window in sorted(set(day.column("window_start"))):
        axes.axvspan(window, window + timedelta(minutes=5), color="#eeeeee", linewidth=0)
    for label, (colour, marker, belongs) in kinds.items():
        places = [index for index, state in enumerate(states) if belongs(*state)]
        if places:
            axes.vlines([times[i] for i in places], 0, [priorities[i] for i in places], color=colour, linewidth=1)
            axes.scatter(
                [times[i] for i in places],
                [priorities[i] for i in places],
                color=colour,
                marker=marker,
                s=42,
                zorder=3,
                label=f"{label}: {len(places)}",
            )
    if len(times) <= 8:
        for moment, priority, title in zip(times, priorities, day.column("title"), strict=True):
            axes.annotate(
                _shortened(title, 36), (moment, priority), xytext=(4, 6), textcoords="offset points", fontsize=8
            )
    _dated(axes)
    axes.margins(x=0.12)
    axes.set_ylim(0, max(priorities, default=0.0) * 1.25 + 0.02)
    axes.set(
        title=f"Attention on {times[0]:%A, %d %B %Y}: {len(times)} memories in "
        f"{len(set(day.column('window_start')))} windows of five minutes",
        xlabel="local time",
        ylabel="priority (salience · recency, 0 … 1)",
    )
    axes.legend(fontsize=8, loc="upper left")
    return figure


def hypnogram(sheets: dict[str, Sheet]) -> Figure | None:
    """A night: its stages, and below the replays and dreams of each cycle."""
    night = sheets["hypnogram"]
    if not night.rows:
        return None
    figure = _figure(11, 6)
    stages, events = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.2))
    starts, dreams_from, ends = (_naive(night, name) for name in ("slow_wave_from", "rem_from", "rem_to"))
    quarter = timedelta(minutes=20)
    times = [starts[0] - quarter]
    levels = [2]
    for start, rem, _ in zip(starts, dreams_from, ends, strict=True):
        times += [start, rem]
        levels += [0, 1]
    times += [ends[-1], ends[-1] + quarter]
    levels += [2, 2]
    stages.step(times, levels, where="post", color="black", linewidth=1.4)
    for index, (rem, end) in enumerate(zip(dreams_from, ends, strict=True)):
        stages.plot([rem, end], [1, 1], color=RED, linewidth=5, solid_capstyle="butt", label=None if index else "REM")
    for index, (start, rem) in enumerate(zip(starts, dreams_from, strict=True)):
        stages.plot(
            [start, rem], [0, 0], color=BLUE, linewidth=5, solid_capstyle="butt", label=None if index else "slow wave"
        )
    stages.set_yticks([0, 1, 2], labels=["slow-wave sleep", "REM sleep", "awake"])
    stages.set_ylim(-0.4, 2.4)
    stages.grid(visible=False, axis="y")

    middles = [start + (rem - start) / 2 for start, rem in zip(starts, dreams_from, strict=True)]
    wide = timedelta(minutes=34)
    fresh, old = night.column("new_replays"), night.column("old_replays")
    events.bar(middles, fresh, width=wide, color=BLUE, label="replays of new memories")
    events.bar(middles, old, bottom=fresh, width=wide, color=SKY, hatch="//", edgecolor="white", label="of old ones")
    events.set(ylabel="replays in the cycle", xlabel="local time")
    top = max([a + b for a, b in zip(fresh, old, strict=True)], default=0) or 1
    events.set_ylim(0, top * 1.25)
    for moment, count in zip(middles, (a + b for a, b in zip(fresh, old, strict=True)), strict=True):
        events.annotate(str(count), (moment, count), ha="center", va="bottom", fontsize=8, color=BLUE)
    dreamt = events.twinx()
    rems = [rem + (end - rem) / 2 for rem, end in zip(dreams_from, ends, strict=True)]
    dreamt.bar(rems, night.column("dreams"), width=timedelta(minutes=14), color=RED, label="dreams (right scale)")
    for moment, count in zip(rems, night.column("dreams"), strict=True):
        dreamt.annotate(str(count), (moment, count), ha="center", va="bottom", fontsize=8, color=RED)
    dreamt.set_ylim(0, (max(night.column("dreams"), default=0) or 1) * 1.25)
    dreamt.set_ylabel("dreams in the cycle")
    dreamt.spines["right"].set_visible(True)
    dreamt.grid(visible=False)
    handles = [*events.get_legend_handles_labels()[0], *dreamt.get_legend_handles_labels()[0]]
    events.legend(handles=handles, fontsize=8, loc="upper center", ncols=3)
    from matplotlib.dates import DateFormatter, HourLocator

    events.xaxis.set_major_locator(HourLocator())
    events.xaxis.set_major_formatter(DateFormatter("%H:%M"))
    figure.suptitle(f"The night of {_date(night.column('night')[0])}: its stages, replays and dreams")
    return figure


def _date(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


def _naive(sheet: Sheet, column: str) -> list[datetime]:
    """Local wall time, which is what the axis shows."""
    return [value.replace(tzinfo=None) for value in sheet.column(column)]
