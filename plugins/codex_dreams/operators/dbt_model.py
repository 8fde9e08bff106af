"""One dbt model as one task."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cosmos.dbt.project import change_working_directory, environ
from cosmos.operators.local import DbtBuildLocalOperator

from include.dbt_project.project import failure_of, kept_project
from include.errors import CodexError
from include.served.audit import passed_in
from include.store.address import store_url
from include.store.connection import connect

if TYPE_CHECKING:
    from airflow.sdk import Context
    from dbt.cli.main import dbtRunnerResult


class DbtModelOperator(DbtBuildLocalOperator):  # type: ignore[misc]  # Cosmos has no types
    """`dbt build` of a model and its tests by Cosmos; the first of a group builds the whole group in one go.

    What a task finds built in its run, with all tests passed (`codex_processed.audits`), it leaves as it is.
    What is red, or was cut off, and what is tried again or cleared by hand, is built by its own task and alone.

    The project is the one that was parsed before the task was forked. Where nothing was kept (another executor), or a
    file of the project has changed since, Cosmos runs dbt as ever.

    :param model: the model's name
    """

    def __init__(self, *, model: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.leads: Sequence[str] = ()
        """What the first of a group selects: all its models."""

    def execute(self, context: Context, **kwargs: Any) -> None:
        """Build, unless the model was built in this run already."""
        run = context["dag_run"]
        self._run = run.dag_id, run.run_id
        if context["ti"].try_number > 1:
            self.leads = ()
        elif self.leads:
            self.select = list(self.leads)
        elif self._passed():
            self.log.info("%s was built with its group in this run, and passed its tests", self.model)
            return
        super().execute(context, **kwargs)

    def _passed(self) -> bool:
        with connect(store_url()) as store:
            return passed_in(store, self.model, *self._run)

    def handle_exception_dbt_runner(self, result: dbtRunnerResult) -> None:
        """Raises when this model or a test of it failed; what else failed of the group, its own task tells."""
        if not result.success and not (self.leads and self._passed()):
            raise CodexError(failure_of(result))

    def run_dbt_runner(self, command: list[str], env: dict[str, str], cwd: str, **kwargs: Any) -> dbtRunnerResult:
        """Returns dbt's result; no file is parsed."""
        parsed = kept_project()
        if parsed is None:
            result: dbtRunnerResult = super().run_dbt_runner(command, env, cwd, **kwargs)
            return result
        from dbt.adapters.factory import reset_adapters
        from dbt.cli.main import dbtRunner

        try:
            with change_working_directory(cwd), environ(env):
                return dbtRunner(manifest=parsed, callbacks=self._dbt_runner_callbacks).invoke(command[1:])
        finally:
            # As Cosmos does: an adapter holds semaphores, which a task's process would leave behind when it ends.
            reset_adapters()  # type: ignore[no-untyped-call]
            gc.collect()

    def _handle_partial_parse(self, tmp_dir_path: Path) -> None:
        if kept_project() is None:
            super()._handle_partial_parse(tmp_dir_path)

    def _update_partial_parse_cache(self, tmp_dir_path: Path) -> None:
        if kept_project() is None:
            super()._update_partial_parse_cache(tmp_dir_path)

    def calculate_openlineage_events_completes(self, *_args: Any) -> bool:
        """False: OpenLineage's events are read from dbt's artifacts, and a task writes none.

        To find that out took a third of a task's time: the reader is imported when it is asked.
        """
        return False
