"""Lines of the page's drawings, as SVG coordinates: the forgetting curve and the network of associations."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID
from zlib import crc32

from include.reading.colours import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY
from include.reading.decay_curve import Curve
from include.reading.network import Network, Node

COLOURS = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY)
UNKNOWN = GREY

LONGEST, CHARACTER, LINE = 24, 6.0, 13.0
"""Words of a drawing: characters at most, and about how wide and how high one is."""

WIDTH, HEIGHT = 640, 200
LEFT, TOP, RIGHT, BOTTOM = 36, 12, 12, 26


@dataclass(frozen=True)
class CurveDrawing:
    """A line (`points` of a polyline), the point of today on it, and marks of the axes: (place, label)."""

    points: str
    today: tuple[float, float]
    days: list[tuple[float, str]]
    shares: list[tuple[float, str]]


def forgetting(curve: Curve) -> CurveDrawing:
    """The curve in a field of WIDTH by HEIGHT; days from today along, retrievability up."""
    last = curve.points[-1][0]
    gone = curve.today[0]

    def across(day: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * day / last, 1)

    def up(share: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share), 1)

    ahead = last - gone
    marks = [(0.0, f"{gone:.0f} days ago" if gone >= ahead / 6 else ""), (gone, "today")]
    marks += [(gone + ahead * part / 2, f"in {ahead * part / 2:.0f} days") for part in (1, 2)]
    return CurveDrawing(
        " ".join(f"{across(day)},{up(share)}" for day, share in curve.points),
        (across(gone), up(curve.today[1])),
        [(across(day), label) for day, label in marks if label],
        [(up(share), f"{share:.1f}") for share in (0.0, 0.5, 1.0)],
    )


@dataclass(frozen=True)
class Dot:
    """A memory: centre, radius, colour of its field of knowledge; its words begin at its left or end at its right."""

    node: Node
    x: float
    y: float
    radius: float
    colour: str
    is_left: bool
    is_labelled: bool


@dataclass(frozen=True)
class Line:
    """An association: its ends, how thick, whether only a dream made it."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    is_dream_only: bool
    tooltip: str


@dataclass(frozen=True)
class NetworkDrawing:
    """Dots over lines, in a field of `width` by `height`."""

    width: int
    height: int
    dots: list[Dot]
    lines: list[Line]


def network(drawn: Network, *, width: int = 1000, height: int = 620, most_words: int = 26) -> NetworkDrawing:
    """The network in its field; the strongest memories, `most_words` at most, have a label.

    Where a label would lie over that of a stronger one, there is none; all memories have tooltips.
    """
    margin_x, margin_y = 150, 26
    places = {
        node.memory_id: (
            round(margin_x + (width - 2 * margin_x) * node.x, 1),
            round(margin_y + (height - 2 * margin_y) * node.y, 1),
        )
        for node in drawn.nodes
    }
    labels: dict[UUID, tuple[float, float, float]] = {}
    for node in sorted(drawn.nodes, key=lambda node: (-node.strength, node.memory_id)):
        box = _words_of(node, *places[node.memory_id])
        if len(labels) < most_words and not any(_overlap(box, other) for other in labels.values()):
            labels[node.memory_id] = box
    dots = [
        Dot(
            node,
            *places[node.memory_id],
            4 + 6 * node.strength,
            colour(node.field),
            node.x < 0.5,
            node.memory_id in labels,
        )
        for node in drawn.nodes
    ]
    lines = [
        Line(
            *places[link.a.memory_id],
            *places[link.b.memory_id],
            round(0.6 + 4 * link.weight, 2),
            link.is_dream_only,
            f"{link.a.title} ⟷ {link.b.title}: {link.weight:.2f}",
        )
        for link in drawn.links
    ]
    return NetworkDrawing(width, height, dots, lines)


def _words_of(node: Node, x: float, y: float) -> tuple[float, float, float]:
    """From where to where the words of a memory at (x, y) go, and at which height."""
    long = CHARACTER * min(len(node.title), LONGEST)
    return (x - 14 - long, x, y) if node.x < 0.5 else (x, x + 14 + long, y)


def _overlap(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    return abs(one[2] - other[2]) < LINE and one[0] < other[1] and other[0] < one[1]


def colour(field: str | None) -> str:
    """The same colour for the same field of knowledge on every page."""
    return UNKNOWN if field is None else COLOURS[crc32(field.encode()) % len(COLOURS)]
