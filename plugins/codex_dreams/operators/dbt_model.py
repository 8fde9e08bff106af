"""One dbt model as one task."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException

from include.dbt_project.lineage import lineage
from include.dbt_project.project import DbtError, kept_project, run_dbt
from include.internals import give_back_dbts_semaphores
from include.monitoring.slas.node_times import NodeTimes
from include.rhythms.turn import building
from include.served.audit import passed_in
from include.store.address import store_url
from include.store.connection import connect

if TYPE_CHECKING:
    from airflow.sdk import Context
    from dbt.cli.main import dbtRunnerResult

_LOGGED: Mapping[str, int] = {"info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
"""dbt's levels that belong in a task's log."""


class DbtModelOperator(BaseOperator):
    """`dbt build` of a model and its tests; the first task of a group builds the whole group in one go.

    What a task finds built in its run, with all tests passed (`codex_processed.audits`), it leaves as it is.
    What is red, or was cut off, and what is tried again or cleared by hand, is built by its own task and alone.

    The project is the one that was parsed before the task was forked. Where nothing was kept (another executor), or a
    file of the project has changed since, dbt parses it as ever.

    :param model: the model's name
    :param select: what dbt selects to build this model alone
    :param indirect_selection: which tests come along, as dbt's option of this name has it
    """

    template_fields: Sequence[str] = ("select", "compiled_sql")
    template_fields_renderers: ClassVar[dict[str, str]] = {"compiled_sql": "sql"}
    ui_color = "#8194e0"

    def __init__(self, *, model: str, select: str, indirect_selection: str = "buildable", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.select = select
        self.indirect_selection = indirect_selection
        self.leads: Sequence[str] = ()
        """What the first of a group selects: all its models."""
        self.compiled_sql = ""
        """The SQL of what was built, shown as a rendered template."""
        self._builds = False

    def execute(self, context: Context) -> None:
        """Build, unless the model was built in this run already. Raises AirflowException with dbt's reasons."""
        self._run = context["dag_run"].dag_id, context["dag_run"].run_id
        selected: Sequence[str] = [self.select]
        if context["ti"].try_number == 1:
            if self.leads:
                selected = self.leads
            elif self._passed():
                self.log.info("%s was built with its group in this run, and passed its tests", self.model)
                return
        try:
            with building(store_url(), self._run[0]):
                self._show(self._build(selected))
        except DbtError as error:
            self._show(error.result)
            # What else failed of the group, its own task tells.
            if len(selected) == 1 or not self._passed():
                raise AirflowException(str(error)) from error

    def on_kill(self) -> None:
        """Stop dbt as Ctrl-C does: it interrupts the query, and nothing of its transaction stays."""
        if self._builds:
            raise KeyboardInterrupt

    def get_openlineage_facets_on_complete(self, _task_instance: Any) -> Any:
        """The table of the model and those it is made from. Airflow's OpenLineage provider asks, where it is on."""
        from openlineage.client.event_v2 import Dataset

        extractors = import_module("airflow.providers.openlineage.extractors")

        made, made_from = lineage(self.model)
        return extractors.OperatorLineage(inputs=[Dataset(*table) for table in made_from], outputs=[Dataset(*made)])

    def _build(self, selected: Sequence[str]) -> dbtRunnerResult:
        self._builds = True
        try:
            return run_dbt(
                ["build", "--indirect-selection", self.indirect_selection, "--select", *selected],
                parsed=kept_project(),
                callbacks=[NodeTimes(*self._run), self._log_event],
            )
        finally:
            self._builds = False
            give_back_dbts_semaphores()

    def _passed(self) -> bool:
        with connect(store_url()) as store:
            return passed_in(store, self.model, *self._run)

    def _log_event(self, event: Any) -> None:
        """What dbt would print, into the task's log."""
        level, message = _LOGGED.get(event.info.level), event.info.msg.strip()
        if level is not None and message:
            self.log.log(level, "%s", message)

    def _show(self, result: dbtRunnerResult) -> None:
        """The SQL that ran, as a rendered template."""
        nodes = [done.node for done in getattr(result.result, "results", ())]
        self.compiled_sql = "\n\n".join(
            f"-- {node.relation_name}\n{node.compiled_code.strip()}"
            for node in nodes
            if node.resource_type == "model" and node.compiled_code
        )
        self.overwrite_rtif_after_execution = True
