"""The connection type `ollama` and its form, as Airflow's own providers manager sees them."""

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


def test_the_connection_type_leads_to_the_hook(manager: Any) -> None:
    from codex_dreams.hooks.ollama import OllamaHook

    hook = manager.hooks["ollama"]
    assert (hook.hook_class_name, hook.hook_name) == ("codex_dreams.hooks.ollama.OllamaHook", OllamaHook.hook_name)
    assert hook.connection_type == OllamaHook.conn_type
    assert hook.connection_testable


def test_the_form_has_a_field_for_every_extra_that_the_hook_reads(manager: Any) -> None:
    from codex_dreams.hooks.ollama import EXTRAS

    fields = {
        widget.field_name: widget.field
        for name, widget in manager.connection_form_widgets.items()
        if name.startswith("extra__ollama__")
    }
    assert set(fields) == set(EXTRAS)
    assert all(field["schema"]["title"] and field["description"] for field in fields.values())
    behaviour = manager.field_behaviours["ollama"]
    assert behaviour["placeholders"]["port"] == "11434"
    assert "login" in behaviour["hidden_fields"]


def test_what_the_form_proposes_is_what_the_hook_takes_where_nothing_is_said(manager: Any) -> None:
    from airflow.sdk import Connection

    from codex_dreams.hooks.ollama import OllamaHook

    proposed = {
        widget.field_name: widget.field["value"]
        for name, widget in manager.connection_form_widgets.items()
        if name.startswith("extra__ollama__") and widget.field["value"] is not None
    }
    bare = OllamaHook.server(Connection(conn_id="x", conn_type="ollama"))
    filled_in = OllamaHook.server(Connection(conn_id="x", conn_type="ollama", extra=json.dumps(proposed)))
    assert filled_in == bare
