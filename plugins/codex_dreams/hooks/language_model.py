"""The language model that a connection stands for: a server's, or the embedded one; never one for the other."""

from __future__ import annotations

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowException

from codex_dreams.hooks.ollama import OllamaHook
from codex_dreams.hooks.openai_compatible import OpenAICompatibleHook
from include.language_model.choice import embedded_model
from include.language_model.model import LanguageModel


def language_model(conn_id: str) -> LanguageModel:
    """The language model of the connection's type: `ollama`, `openai_compatible` or `embedded`.

    Raises AirflowException for another type.
    """
    conn_type = BaseHook.get_connection(conn_id).conn_type
    if conn_type == OllamaHook.conn_type:
        return OllamaHook(conn_id).get_conn()
    if conn_type == OpenAICompatibleHook.conn_type:
        return OpenAICompatibleHook(conn_id).get_conn()
    if conn_type == "embedded":
        return embedded_model()
    raise AirflowException(
        f"Connection {conn_id} has type {conn_type!r}; use 'ollama', 'openai_compatible', or 'embedded' for no server."
    )
