"""The drawing of the packages is of all of them, and points down."""

from __future__ import annotations

import networkx as nx

from docs.parts.packages import PAGE, imports, layers
from include.settings import REPOSITORY

INCLUDE = REPOSITORY / "include"
PACKAGES = {path.parent.name for path in INCLUDE.glob("*/__init__.py")} | {
    path.stem for path in INCLUDE.glob("*.py") if path.stem != "__init__"
}


def test_each_package_stands_in_one_layer() -> None:
    assert sorted(name for layer in layers() for name in layer) == sorted({*PACKAGES, PAGE})


def test_arrows_point_down_or_aside_and_never_back() -> None:
    depth = {name: number for number, layer in enumerate(layers()) for name in layer}
    assert [(one, other) for one, other in imports().edges if depth[one] > depth[other]] == []
    assert [circle for circle in nx.strongly_connected_components(imports()) if len(circle) > 1] == []
