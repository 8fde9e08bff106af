"""The dashboard: a metric in it that this Airflow does not emit would be an empty panel that nobody notices."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from include.rhythms.catalogue import RHYTHMS
from include.settings import REPOSITORY

DASHBOARD = REPOSITORY / "docs" / "grafana" / "codex-dreams.json"
SUFFIXES = re.compile(r"(\(_total\)\?|\(_milliseconds\)\?_bucket)$")
KINDS = {"(_total)?": "counter", "": "gauge", "(_milliseconds)?_bucket": "timer"}


def airflow() -> Path:
    spec = find_spec("airflow")
    assert spec is not None
    assert spec.origin
    return Path(spec.origin).parent


@lru_cache(maxsize=1)
def registered() -> dict[str, tuple[str, str]]:
    """Airflow's own registry of its metrics: the name as Prometheus has it → (name, kind)."""
    template = airflow() / "_shared" / "observability" / "metrics" / "metrics_template.yaml"
    metrics = yaml.safe_load(template.read_text())["metrics"]
    return {f"airflow_{metric['name'].replace('.', '_')}": (metric["name"], metric["type"]) for metric in metrics}


@lru_cache(maxsize=1)
def code() -> str:
    """Airflow's code that sends metrics."""
    folders = ("jobs", "models", "executors", "dag_processing", "assets", "sdk/execution_time")
    return "".join(file.read_text() for folder in folders for file in sorted((airflow() / folder).rglob("*.py")))


def expressions() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_of_the_dashboard_is_one_that_airflow_emits(expression: str) -> None:
    names = re.findall(r'__name__=~"([^"]+)"', expression)
    assert names
    for pattern in names:
        plain = SUFFIXES.sub("", pattern)
        name, kind = registered()[plain]
        assert kind == KINDS[pattern.removeprefix(plain)]
        # The state of a run is filled in where it is sent.
        sent = re.escape(name) if not name.startswith("dagrun.duration.") else r"dagrun\.duration\.(\{|failed)"
        assert re.search(rf"[\"']{sent}", code()), name


def test_the_dashboard_knows_every_rhythm_and_has_no_overlapping_panels() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    [dag] = [item for item in dashboard["templating"]["list"] if item["name"] == "dag"]
    assert set(dag["query"].split(",")) == {rhythm.dag_id for rhythm in RHYTHMS}
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
    assert all(expression.count("(") == expression.count(")") for expression in expressions())
