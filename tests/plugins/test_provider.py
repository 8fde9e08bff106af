"""The connection types of servers and their forms, as Airflow's own providers manager sees them."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

# Airflow reads its settings when it is imported: after the installation has made them, never before.
pytestmark = pytest.mark.usefixtures("installation")


@pytest.fixture(scope="module")
def manager(installation: Path) -> Any:
    from airflow.providers_manager import ProvidersManager

    return ProvidersManager()


def test_airflow_knows_the_project_as_a_provider(manager: Any) -> None:
    provider = manager.providers["codex-dreams"]
    assert provider.version == importlib.metadata.version("codex-dreams")
    schema = Path(importlib.import_module("airflow").__file__ or "").with_name("provider_info.schema.json")
    jsonschema.validate(provider.data, json.loads(schema.read_text()))


def hooks() -> list[Any]:
    from codex_dreams.hooks.ollama import OllamaHook
    from codex_dreams.hooks.openai_compatible import OpenAICompatibleHook

    return [OllamaHook, OpenAICompatibleHook]


def test_the_connection_types_lead_to_the_hooks(manager: Any) -> None:
    for ours in hooks():
        hook = manager.hooks[ours.conn_type]
        assert hook.hook_class_name == f"{ours.__module__}.{ours.__name__}"
        assert (hook.hook_name, hook.connection_type) == (ours.hook_name, ours.conn_type)
        assert hook.connection_testable


def test_the_forms_have_a_field_for_every_extra_that_the_hooks_read(manager: Any) -> None:
    for ours in hooks():
        fields = {
            widget.field_name: widget.field
            for name, widget in manager.connection_form_widgets.items()
            if name.startswith(f"extra__{ours.conn_type}__")
        }
        assert set(fields) == set(ours.extras)
        assert all(field["schema"]["title"] and field["description"] for field in fields.values())
        behaviour = manager.field_behaviours[ours.conn_type]
        assert behaviour["placeholders"]["port"] == str(ours.port)
        assert "login" in behaviour["hidden_fields"]


def test_what_the_forms_propose_is_what_the_hooks_take_where_nothing_is_said(manager: Any) -> None:
    from airflow.sdk import Connection

    for ours in hooks():
        proposed = {
            widget.field_name: widget.field["value"]
            for name, widget in manager.connection_form_widgets.items()
            if name.startswith(f"extra__{ours.conn_type}__") and widget.field["value"] is not None
        }
        bare = ours.server(Connection(conn_id="x", conn_type=ours.conn_type))
        given = Connection(conn_id="x", conn_type=ours.conn_type, extra=json.dumps(proposed))
        assert ours.server(given) == bare
