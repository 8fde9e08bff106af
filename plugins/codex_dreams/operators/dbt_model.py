"""One dbt model as one task."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cosmos.dbt.project import change_working_directory, environ
from cosmos.operators.local import DbtBuildLocalOperator

from include.dbt_project import kept_project

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult


class DbtModelOperator(DbtBuildLocalOperator):  # type: ignore[misc]  # Cosmos has no types
    """`dbt build` of a model and its tests by Cosmos, with the project as it was parsed before the task was forked.

    Where nothing was kept (another executor), or a file of the project has changed since, Cosmos runs dbt as ever.
    """

    def run_dbt_runner(self, command: list[str], env: dict[str, str], cwd: str, **kwargs: Any) -> dbtRunnerResult:
        """Returns dbt's result; no file is parsed."""
        parsed = kept_project()
        if parsed is None:
            return super().run_dbt_runner(command, env, cwd, **kwargs)
        from dbt.adapters.factory import reset_adapters
        from dbt.cli.main import dbtRunner

        try:
            with change_working_directory(cwd), environ(env):
                return dbtRunner(manifest=parsed, callbacks=self._dbt_runner_callbacks).invoke(command[1:])
        finally:
            # As Cosmos does: an adapter holds semaphores, which a task's process would leave behind when it ends.
            reset_adapters()
            gc.collect()

    def _handle_partial_parse(self, tmp_dir_path: Path) -> None:
        if kept_project() is None:
            super()._handle_partial_parse(tmp_dir_path)

    def _update_partial_parse_cache(self, tmp_dir_path: Path) -> None:
        if kept_project() is None:
            super()._update_partial_parse_cache(tmp_dir_path)

    def calculate_openlineage_events_completes(self, *_args: Any) -> bool:
        """False: OpenLineage's events are read from dbt's artifacts, and a task writes none (`include/runtime.py`).

        To find that out took a third of a task's time: the reader is imported when it is asked.
        """
        return False
