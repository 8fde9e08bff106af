"""A server that speaks Ollama's protocol over real HTTP, on a port of its own, without a model behind it.

Unless it is told otherwise it answers a chat with the smallest JSON that holds the asked schema, and embeds a text by
its words, so that texts that share words are alike. What it was asked is kept.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import numpy as np

DIMENSION = 768


@dataclass(frozen=True)
class Asked:
    """A request as it came: the path, the JSON body (None for GET), the Authorization header."""

    path: str
    body: Any
    authorization: str | None


@dataclass(frozen=True)
class Reply:
    """What is sent back in place of the usual. `hangs`: nothing is sent until the server stops."""

    status: int = 200
    body: Any = None
    hangs: bool = False


def says(content: str, **fields: Any) -> Reply:
    """A whole chat reply with this content; `fields` replace those of the reply."""
    return Reply(body=chat_reply(content) | fields)


def fails(status: int, error: str) -> Reply:
    """An error as Ollama tells it."""
    return Reply(status, {"error": error})


def chat_reply(content: str, model: str = "gpt-oss:20b") -> dict[str, Any]:
    """The last (or only) object that `/api/chat` sends."""
    return {
        "model": model,
        "created_at": "2026-03-04T09:00:00Z",
        "message": {"role": "assistant", "content": content, "thinking": "Let me see."},
        "done": True,
        "done_reason": "stop",
        "total_duration": 5_000_000,
        "prompt_eval_count": 120,
        "eval_count": 30,
    }


@dataclass
class Ollama:
    """A running server: where it is, which models it has, what it was asked, what it is to answer next."""

    url: str
    models: dict[str, str] = field(
        default_factory=lambda: {"gpt-oss:20b": "a" * 64, "nomic-embed-text:latest": "b" * 64}
    )
    asked: list[Asked] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    _next: dict[str, deque[Reply]] = field(default_factory=dict)

    def answers(self, path: str, *replies: Reply) -> None:
        """What the next requests to a path get; after them the server is its usual self."""
        self._next.setdefault(path, deque()).extend(replies)

    def bodies(self, path: str) -> list[Any]:
        """What a path was asked, in order."""
        return [asked.body for asked in self.asked if asked.path == path]

    def reply(self, asked: Asked) -> Reply:
        """The scripted reply, or what a server that is well would say."""
        self.asked.append(asked)
        scripted = self._next.get(asked.path)
        if scripted:
            return scripted.popleft()
        if asked.path == "/api/version":
            return Reply(body={"version": "0.12.6"})
        if asked.path == "/api/tags":
            return Reply(
                body={
                    "models": [
                        {"name": name, "model": name, "size": 1, "digest": digest, "details": {}}
                        for name, digest in self.models.items()
                    ]
                }
            )
        if asked.path not in {"/api/chat", "/api/embed"}:
            return Reply(404, {"error": "not found"})
        model = asked.body["model"]
        if not {model, f"{model}:latest"} & self.models.keys():
            return fails(404, f"model '{model}' not found")
        if asked.path == "/api/embed":
            texts = asked.body["input"] if isinstance(asked.body["input"], list) else [asked.body["input"]]
            return Reply(body={"model": model, "embeddings": [embedding(text) for text in texts]})
        return Reply(body=chat_reply(json.dumps(smallest(asked.body.get("format") or {})), model))


def embedding(text: str) -> list[float]:
    """A vector of unit length from a text's words."""
    vector = np.full(DIMENSION, 1e-3)
    for word in text.lower().split():
        vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % DIMENSION] += 1
    return cast(list[float], (vector / np.linalg.norm(vector)).tolist())


def smallest(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    """A small instance of a JSON schema, as structured output would give."""
    root = root or schema
    if "$ref" in schema:
        return smallest(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return smallest(schema["anyOf"][0], root)
    match schema.get("type"):
        case "object":
            return {name: smallest(part, root) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [smallest(schema["items"], root) for _ in range(schema.get("minItems", 0))]
        case "string":
            return "A small answer."[: schema.get("maxLength", 100)].ljust(schema.get("minLength", 0), ".")
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
    return None


@contextmanager
def ollama_server() -> Iterator[Ollama]:
    """A server on a free port of the loopback interface, for the time of a block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    ollama = Ollama(f"http://127.0.0.1:{server.server_address[1]}")
    server.ollama = ollama  # type: ignore[attr-defined]
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    try:
        yield ollama
    finally:
        ollama.stopping.set()
        server.shutdown()
        server.server_close()
        serving.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: Any) -> None:
        ollama: Ollama = self.server.ollama  # type: ignore[attr-defined]
        reply = ollama.reply(Asked(self.path, body, self.headers.get("Authorization")))
        if reply.hangs:
            ollama.stopping.wait()
            self.close_connection = True
            return
        sent = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        if reply.status == 200 and self.path == "/api/chat" and body.get("stream", True):
            # Ollama streams unless it is told not to: the content comes in pieces, one object a line.
            first = json.dumps({"message": {"role": "assistant", "content": "…"}, "done": False})
            sent = first.encode() + b"\n" + sent + b"\n"
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Nothing: the tests look at what was asked."""
