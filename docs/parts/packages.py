"""The packages, their layers and the arrows between them, read from the imports (grimp) and from `pyproject.toml`."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import grimp
import networkx as nx

from include.settings import REPOSITORY

PAGE = "codex_dreams"
"""The package of plugins, which is drawn as one box."""


@cache
def _contract() -> dict[str, Any]:
    """The contract of layers that `make lint` checks."""
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["type"] == "layers")


def layers() -> list[list[str]]:
    """The packages by layer, the highest first."""
    return [[_package(name.strip()) for name in layer.split(":")] for layer in _contract()["layers"]]


def _package(module: str) -> str:
    """The box of a module: a package or a file of `include/`, or the package of plugins."""
    first, *rest = module.split(".")
    return first if first == PAGE else rest[0] if rest else first


def _exceptions() -> set[tuple[str, str]]:
    """Arrows that point up, by package."""
    pairs = (line.split(" -> ") for line in _contract()["ignore_imports"])
    return {(_package(importer), _package(imported)) for importer, imported in pairs}


@cache
def imports() -> nx.DiGraph[str]:
    """Which package imports which, without exceptions."""
    modules = grimp.build_graph("include", PAGE, cache_dir=None)
    arrows: nx.DiGraph[str] = nx.DiGraph()
    for importer in sorted(modules.modules):
        for imported in sorted(modules.find_modules_directly_imported_by(importer)):
            pair = _package(importer), _package(imported)
            if "include" not in pair and pair[0] != pair[1] and pair not in _exceptions():
                arrows.add_edge(*pair)
    return arrows


def _drawing() -> str:
    """Mermaid: a box a package, a row a layer. An arrow that follows from others is left out."""
    lines = ["", "```mermaid", "flowchart TD"]
    for number, layer in enumerate(layers()):
        boxes = "; ".join(f"{name}[{name}]" for name in layer)
        lines.append(f'    subgraph L{number}[" "]\n        direction LR\n        {boxes}\n    end')
    reduced = nx.transitive_reduction(imports())
    lines += [f"    {importer} --> {imported}" for importer, imported in sorted(reduced.edges)]
    lines += [f"    {importer} -.-> {imported}" for importer, imported in sorted(_exceptions())]
    return "\n".join([*lines, "```", ""])


def _table() -> str:
    """A row a layer: its packages and what each is for."""
    lines = ["", "| layer | package | holds |", "|---|---|---|"]
    for number, layer in enumerate(layers(), start=1):
        lines += [f"| {number} | `{_path(name)}` | {_summary(name)} |" for name in layer]
    return "\n".join([*lines, ""])


def _path(name: str) -> str:
    if name == PAGE:
        return f"plugins/{PAGE}/"
    folder = REPOSITORY / "include" / name
    return f"include/{name}/" if folder.is_dir() else f"include/{name}.py"


def _summary(name: str) -> str:
    """The first line of a package's docstring."""
    path = REPOSITORY / _path(name)
    source = (path / "__init__.py" if path.is_dir() else path).read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


PARTS: Mapping[str, Callable[[], str]] = {"drawing": _drawing, "table": _table}
