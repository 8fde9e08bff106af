"""What a server can do: found out once by a probe, kept in the lake for the model that was probed, and told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from include.language_model.ledger import committed
from include.language_model.model import Identity

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Features:
    """What a server was seen to do with one model.

    `sent_as` is how it takes a JSON schema (`format` is Ollama's own, the others are in openai_server.Sent), and
    `schema_held` whether the answer then holds it. `context_tokens` is None where the server does not tell.
    """

    sent_as: str
    schema_held: bool
    thinks: bool
    keep_alive: bool
    context_tokens: int | None
    counts_tokens: bool
    counts_cached_tokens: bool

    def told(self) -> str:
        """In a sentence, for people."""
        schemas = f"holds schemas ({self.sent_as})" if self.schema_held else "ignores schemas"
        parts = [schemas if self.sent_as != "none" else "takes no schemas"]
        parts.append("thinks" if self.thinks else "does not think")
        parts.append(f"context of {self.context_tokens:,} tokens" if self.context_tokens else "context not told")
        if self.keep_alive:
            parts.append("keeps the model loaded as asked")
        if not self.counts_tokens:
            parts.append("counts no tokens")
        return ", ".join(parts)


_FEATURES = TypeAdapter(Features)


def kept_features(connection: duckdb.DuckDBPyConnection, server: str, identity: Identity) -> Features | None:
    """What was found out about a model of a server; None where nothing was, or not in the form of today.

    :param server: the server's addresses
    :param identity: of the model: one with another digest is probed anew
    """
    given = {"server": server, "model": identity.model, "digest": identity.digest}
    rows = connection.execute(
        "select features from control.model_features "
        "where server = $server and model = $model and model_digest = $digest",
        given,
    ).fetchall()
    try:
        return _FEATURES.validate_json(rows[0][0]) if rows else None
    except ValidationError:
        return None


def keep_features(connection: duckdb.DuckDBPyConnection, server: str, identity: Identity, features: Features) -> None:
    """Keep what was found out, in place of what was known."""
    given = {"server": server, "model": identity.model, "digest": identity.digest}

    def write() -> None:
        connection.execute(
            "delete from control.model_features where server = $server and model = $model and model_digest = $digest",
            given,
        )
        connection.execute(
            "insert into control.model_features values ($server, $model, $digest, $features, $now)",
            given | {"features": _FEATURES.dump_json(features).decode(), "now": datetime.now(UTC)},
        )

    committed(connection, write)
