"""The one Airflow plugin: registers the timetable of waking and sleeping and the page, and starts workers warm."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from codex_dreams.page import FASTAPI_APP, FASTAPI_ROOT_MIDDLEWARE, external_view
from codex_dreams.timetables.rhythm import RhythmTimetable
from codex_dreams.warm_start import warm_up


class CodexDreamsPlugin(AirflowPlugin):
    """What Codex Dreams adds to Airflow."""

    name = "codex_dreams"
    timetables: ClassVar[list[type]] = [RhythmTimetable]
    fastapi_apps: ClassVar[list[Any]] = [FASTAPI_APP]
    fastapi_root_middlewares: ClassVar[list[Any]] = [FASTAPI_ROOT_MIDDLEWARE]
    external_views: ClassVar[list[Any]] = [external_view()]

    @classmethod
    def on_load(cls, *_args: Any, **_kwargs: Any) -> None:
        """Called once in each process that loads plugins."""
        warm_up()
