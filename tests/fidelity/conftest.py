"""The project is rendered once; every figure is told at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fidelity.lives import Lives
from tests.fidelity.rendered import Renderer

FIGURES: dict[str, str] = {}


@pytest.fixture(scope="session")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    """Renders the dbt project as SQL."""
    return Renderer(tmp_path_factory.mktemp("fidelity"))


@pytest.fixture(scope="module")
def lives(renderer: Renderer) -> Iterator[Lives]:
    """The lives of the project as it stands."""
    made = Lives(renderer.render())
    yield made
    made.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line a property."""
    if FIGURES:
        terminalreporter.section("fidelity")
    for _, line in sorted(FIGURES.items()):
        terminalreporter.write_line(line)
