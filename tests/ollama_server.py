"""A server that speaks Ollama's protocol and OpenAI's over real HTTP, on a port of its own, without a model behind it.

Unless it is told otherwise it answers a chat with the smallest JSON that holds the asked schema, and embeds a text by
its words, so that texts that share words are alike. What it was asked is kept. Paths and replies are Ollama's to the
tests; what came by OpenAI's paths (`/v1`, as Ollama and all others have them) is answered in OpenAI's form.

`python -m tests.ollama_server --seconds 0.3 --at-once 8` serves alone, for benchmarks: it prints its address.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import numpy as np

DIMENSION = 768
PULL_BYTES = 1000
OPENAI_PATHS = {"/v1/chat/completions": "/api/chat", "/v1/embeddings": "/api/embed", "/v1/models": "/api/tags"}
"""Path of OpenAI's protocol → what is asked there, by Ollama's path."""


@dataclass(frozen=True)
class Asked:
    """A request: the path (Ollama's, whatever it came by), the JSON body as it came (None for GET), the Authorization
    header, and whether it came by OpenAI's protocol.
    """

    path: str
    body: Any
    authorization: str | None
    by_openai: bool = False


@dataclass(frozen=True)
class Reply:
    """What is sent back in place of the usual.

    `hangs`: nothing is sent until the server stops. `stalls`: half of the body is. `drops`: the connection is closed
    without a word. `after`: seconds before the first byte.
    """

    status: int = 200
    body: Any = None
    hangs: bool = False
    stalls: bool = False
    drops: bool = False
    after: float = 0.0


def says(content: str, **fields: Any) -> Reply:
    """A whole chat reply with this content; `fields` replace those of the reply."""
    return Reply(body=chat_reply(content) | fields)


def fails(status: int, error: str) -> Reply:
    """An error as Ollama tells it."""
    return Reply(status, {"error": error})


def chat_reply(content: str, model: str = "gpt-oss:20b") -> dict[str, Any]:
    """The last (or only) object that `/api/chat` sends. Durations are nanoseconds."""
    return {
        "model": model,
        "created_at": "2026-03-04T09:00:00.123456Z",
        "message": {"role": "assistant", "content": content, "thinking": "Let me see."},
        "done": True,
        "done_reason": "stop",
        "total_duration": 5_000_000,
        "load_duration": 1_000_000,
        "prompt_eval_count": 120,
        "prompt_eval_duration": 1_000_000,
        "eval_count": 30,
        "eval_duration": 3_000_000,
    }


@dataclass
class Ollama:
    """A running server: where it is, which models it has, what it was asked, what it is to answer next.

    `seconds` is how long a model works for a reply, `at_once` for how many it works at a time; the others wait.
    """

    url: str
    models: dict[str, str] = field(
        default_factory=lambda: {"gpt-oss:20b": "a" * 64, "nomic-embed-text:latest": "b" * 64}
    )
    seconds: float = 0.0
    at_once: int = 64
    answer: Callable[[Asked], Reply | None] = lambda _: None
    """Decides by the request; None: as usual."""
    takes: tuple[str, ...] = ("json_schema", "json_object", "json")
    """Ways in which a schema may be sent by OpenAI's protocol: see include.language_model.openai_server.Sent."""
    holds: bool = True
    """Whether answers hold the schema; else they are prose."""
    context: int | None = None
    """Tokens of context, told as llama.cpp does; None: not told."""
    protocol: str = "ollama"
    """By which the tests' model asks: for the tests alone."""
    keeps: bool = True
    asked: list[Asked] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    busy_seconds: float = 0.0
    most_at_once: int = 0
    _next: dict[str, deque[Reply]] = field(default_factory=dict)
    _dies_after: int | None = None
    _connections: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _under_way: int = 0
    _server: ThreadingHTTPServer | None = None

    def __post_init__(self) -> None:
        self._slots = threading.Semaphore(self.at_once)

    @property
    def port(self) -> int:
        """On the loopback interface."""
        return int(self.url.rpartition(":")[2])

    def answers(self, path: str, *replies: Reply) -> None:
        """What the next requests to a path get; after them the server is its usual self."""
        self._next.setdefault(path, deque()).extend(replies)

    def bodies(self, path: str) -> list[Any]:
        """What a path was asked, in order."""
        return [asked.body for asked in list(self.asked) if asked.path == path]

    def dies_after(self, requests: int) -> None:
        """Die, with all connections, as a killed process does, when a model was asked this many times from now."""
        self._dies_after = requests

    def die(self) -> None:
        """Refuse and break off everything."""
        if self._server is not None:
            self._server.shutdown()
            self._server.socket.close()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def reply(self, asked: Asked) -> Reply:
        """The scripted reply, or what a server that is well would say."""
        with self._lock:
            if self.keeps:
                self.asked.append(asked)
            scripted = self._next.get(asked.path)
            if scripted:
                return scripted.popleft()
            if asked.path in {"/api/chat", "/api/embed"} and self._dies_after is not None:
                self._dies_after -= 1
                if self._dies_after < 0:
                    threading.Thread(target=self.die, daemon=True).start()
                    return Reply(drops=True)
        decided = self.answer(asked)
        return decided if decided is not None else self._usual(asked)

    def _usual(self, asked: Asked) -> Reply:
        if asked.path == "/props" and self.context:
            return Reply(body={"default_generation_settings": {"n_ctx": self.context}, "total_slots": 4})
        if asked.path == "/api/show":
            about = {"gptoss.context_length": 131_072}
            return Reply(body={"capabilities": ["completion", "thinking"], "model_info": about})
        if asked.path == "/api/version":
            return Reply(body={"version": "0.12.6"})
        if asked.path == "/api/tags":
            return Reply(body={"models": [listed(name, digest) for name, digest in self.models.items()]})
        if asked.path == "/api/pull":
            self.models[asked.body["model"]] = hashlib.sha256(asked.body["model"].encode()).hexdigest()
            return Reply(body=pull_lines())
        if asked.path not in {"/api/chat", "/api/embed"}:
            return Reply(404, {"error": "not found"})
        model = asked.body["model"]
        if not {model, f"{model}:latest"} & self.models.keys():
            return fails(404, f"model '{model}' not found")
        self._work()
        if asked.path == "/api/embed":
            texts = asked.body["input"] if isinstance(asked.body["input"], list) else [asked.body["input"]]
            return Reply(body=embed_reply([embedding(text) for text in texts], model))
        way, schema = sent_schema(asked)
        if way is not None and way not in self.takes:
            return fails(400, f"response_format {way} is not supported")
        held = self.holds and way != "json"
        content = json.dumps(smallest(schema)) if held else "I am well, thank you."
        return Reply(body=chat_reply(content, model))

    def _work(self) -> None:
        """A model works; how busy the server was is counted."""
        with self._slots:
            with self._lock:
                self._under_way += 1
                self.most_at_once = max(self.most_at_once, self._under_way)
            time.sleep(self.seconds)
            with self._lock:
                self._under_way -= 1
                self.busy_seconds += self.seconds


def sent_schema(asked: Asked) -> tuple[str | None, dict[str, Any]]:
    """How a schema was sent by OpenAI's protocol (None: by Ollama's, or not at all), and the schema."""
    if not asked.by_openai:
        return None, asked.body.get("format") or {}
    given = asked.body.get("response_format")
    match given:
        case None:
            return None, {}
        case {"type": "json_schema"}:
            return "json_schema", given["json_schema"]["schema"]
        case {"type": "json_object", "schema": schema}:
            return "json_object", schema
    return "json", {}


def as_openai(path: str, status: int, body: Any) -> Any:
    """Ollama's reply at `path` in OpenAI's form; what is no such reply stays as it is."""
    if not isinstance(body, dict):
        return body
    if "error" in body:
        return {"error": {"message": body["error"], "type": "server_error", "code": status}}
    if path == "/api/tags" and all("digest" in entry for entry in body["models"]):
        return {"object": "list", "data": [_openai_listed(entry) for entry in body["models"]]}
    if path == "/api/embed" and isinstance(body.get("embeddings"), list):
        entries = [
            {"object": "embedding", "index": number, "embedding": vector}
            for number, vector in enumerate(body["embeddings"])
        ]
        used = {"prompt_tokens": 8 * len(entries), "total_tokens": 8 * len(entries)}
        # By their index, not by their order.
        return {"object": "list", "data": entries[::-1], "model": body.get("model", ""), "usage": used}
    if path != "/api/chat":
        return body
    said = body.get("message")
    choices = [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": said["content"],
                **({"reasoning_content": said["thinking"]} if said.get("thinking") else {}),
            },
            "logprobs": None,
            "finish_reason": body.get("done_reason", "stop") if body.get("done") else "length",
        }
        for said in ([said] if said else [])
    ]
    prompt, answer = body.get("prompt_eval_count", 0), body.get("eval_count", 0)
    used = {
        "prompt_tokens": prompt,
        "completion_tokens": answer,
        "total_tokens": prompt + answer,
        "prompt_tokens_details": {"cached_tokens": 64},
    }
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_772_614_800,
        "model": body.get("model", ""),
        "choices": choices,
        "usage": used,
    }


def _openai_listed(entry: dict[str, Any]) -> dict[str, Any]:
    """A model as llama.cpp lists it; what it is made of shows in its figures."""
    return {
        "id": entry["name"].removesuffix(":latest"),
        "object": "model",
        "created": int(time.time()),
        "owned_by": "llamacpp",
        "meta": {"n_params": int(entry["digest"][:12], 16), "n_ctx_train": 131_072},
    }


def listed(name: str, digest: str) -> dict[str, Any]:
    """A model as `/api/tags` lists it."""
    details = {
        "parent_model": "",
        "format": "gguf",
        "family": "gptoss",
        "families": ["gptoss"],
        "parameter_size": "20.9B",
        "quantization_level": "MXFP4",
    }
    return {
        "name": name,
        "model": name,
        "modified_at": "2026-03-01T08:00:00.5+01:00",
        "size": 13_780_173_734,
        "digest": digest,
        "details": details,
    }


def embed_reply(embeddings: list[list[float]], model: str = "nomic-embed-text") -> dict[str, Any]:
    """What `/api/embed` sends."""
    return {
        "model": model,
        "embeddings": embeddings,
        "total_duration": 14_143_917,
        "load_duration": 1_019_500,
        "prompt_eval_count": 8 * len(embeddings),
    }


def pull_lines() -> list[dict[str, Any]]:
    """What `/api/pull` sends, line by line."""
    layer = {"status": "pulling 1234abcd", "digest": "sha256:" + "1" * 64, "total": PULL_BYTES}
    return [
        {"status": "pulling manifest"},
        layer,
        *({**layer, "completed": completed} for completed in range(0, PULL_BYTES + 1, 50)),
        {"status": "verifying sha256 digest"},
        {"status": "writing manifest"},
        {"status": "success"},
    ]


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
def ollama_server(port: int = 0, **given: Any) -> Iterator[Ollama]:
    """A server on a port (a free one) of the loopback interface, for the time of a block."""
    server = _Server(("127.0.0.1", port), _Handler)
    ollama = Ollama(f"http://127.0.0.1:{server.server_address[1]}", **given)
    server.ollama = ollama
    ollama._server = server
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    try:
        yield ollama
    finally:
        ollama.stopping.set()
        server.shutdown()
        server.server_close()
        serving.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    ollama: Ollama

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that give up are part of the tests."""

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.ollama._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self.ollama._connections.discard(request)
        super().shutdown_request(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body in two packets would wait for an acknowledgement, 40 ms a reply.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: Any) -> None:
        ollama: Ollama = self.server.ollama  # type: ignore[attr-defined]
        by_openai = self.path in OPENAI_PATHS
        path = OPENAI_PATHS.get(self.path, self.path)
        reply = ollama.reply(Asked(path, body, self.headers.get("Authorization"), by_openai))
        ollama.stopping.wait(reply.after)
        if reply.hangs or reply.drops:
            if reply.hangs:
                ollama.stopping.wait()
            self.close_connection = True
            return
        sent = reply.body if isinstance(reply.body, bytes) else self._encoded(reply, body)
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        if reply.stalls:
            self.wfile.write(sent[: len(sent) // 2])
            self.wfile.flush()
            ollama.stopping.wait()
            self.close_connection = True
            return
        self.wfile.write(sent)

    def _encoded(self, reply: Reply, body: Any) -> bytes:
        """JSON; lines of it where the API streams, which Ollama's does unless it is told not to."""
        if self.path in OPENAI_PATHS:
            return json.dumps(as_openai(OPENAI_PATHS[self.path], reply.status, reply.body)).encode()
        if isinstance(reply.body, list) and self.path == "/api/pull":
            lines = reply.body if body.get("stream", True) else reply.body[-1:]
        elif reply.status == 200 and self.path == "/api/chat" and body.get("stream", True) and "message" in reply.body:
            content = reply.body["message"]["content"]
            pieces = [content[start : start + 8] for start in range(0, len(content), 8)]
            first = {name: reply.body[name] for name in ("model", "created_at")}
            lines = [{**first, "message": {"role": "assistant", "content": p}, "done": False} for p in pieces]
            lines.append(reply.body | {"message": {"role": "assistant", "content": ""}})
        else:
            return json.dumps(reply.body).encode()
        return b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Nothing: the tests look at what was asked."""


def main() -> None:
    """Serve until standard input ends; then print what was counted."""
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=0.0)
    options.add_argument("--at-once", type=int, default=64)
    given = options.parse_args()
    with ollama_server(seconds=given.seconds, at_once=given.at_once, keeps=False) as ollama:
        print(ollama.url, flush=True)
        while input_line := _line():
            if input_line == "count":
                counted = {"busy_seconds": ollama.busy_seconds, "most_at_once": ollama.most_at_once}
                print(json.dumps(counted), flush=True)


def _line() -> str:
    try:
        return input()
    except EOFError:
        return ""


if __name__ == "__main__":
    main()
