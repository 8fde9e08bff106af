"""The 29 properties hold; each was seen to fail where its mechanism is broken."""

from __future__ import annotations

import pytest

from tests.fidelity.conftest import FIGURES
from tests.fidelity.lives import Lives
from tests.fidelity.properties import PROPERTIES, Property
from tests.fidelity.rendered import Renderer

# Measuring takes long where the machine is busy; a test here is about what is measured, not about how fast.
pytestmark = pytest.mark.timeout(900)

by_name = pytest.mark.parametrize("prop", PROPERTIES, ids=[prop.name for prop in PROPERTIES])


def test_there_are_29() -> None:
    assert [prop.number for prop in PROPERTIES] == list(range(1, 30))


@by_name
def test_it_holds(prop: Property, lives: Lives) -> None:
    measured = prop.measure(lives)
    verdict = "ok" if measured.holds else "FAILED"
    FIGURES[prop.name] = f"{prop.name}  {prop.title:<56}  {verdict:<6}  {measured.figure}"
    assert measured.holds, measured.figure


@pytest.mark.soak
@by_name
def test_it_fails_where_its_mechanism_is_broken(prop: Property, renderer: Renderer) -> None:
    broken = Lives(renderer.render(prop.breaks))
    try:
        measured = prop.measure(broken)
    finally:
        broken.close()
    FIGURES[f"{prop.name} broken"] = f"     {'broken: ' + prop.breaks.what:<56}  seen    {measured.figure}"
    assert not measured.holds, f"{prop.breaks.what}, and yet: {measured.figure}"
