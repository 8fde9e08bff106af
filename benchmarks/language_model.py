"""Asking a language model of 300 ms an answer, 8 at a time, and looking 10,000 answers up in the cache.

The server is a process of its own that speaks Ollama's protocol over HTTP (tests/ollama_server.py). `busy` is the share
of the run in which its eight places were taken; the first and the last answers count, too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from include.settings import REPOSITORY, settings

REQUESTS = "insights.questions"
SECONDS = 0.3
AT_ONCE = 8
QUESTIONS = 1_000
KEPT = 10_000


def measure() -> dict[str, Any]:
    """Shares, counts, seconds and MiB, in an installation of its own."""
    with tempfile.TemporaryDirectory(prefix="codex-bench-") as folder:
        os.environ["CODEX_HOME"] = folder
        settings.cache_clear()
        from include.installation.environment import store_running
        from include.lake.connection import configured_lake
        from include.lake.schema import make_lake

        with store_running():
            make_lake(configured_lake())
            with _server() as (url, server):
                return {**_ask(url, server), **_look_up(url, server)}


def _ask(url: str, server: subprocess.Popen[str]) -> dict[str, Any]:
    memories = [f"Memory {number}: the pump in cellar {number % 17} stopped again." for number in range(QUESTIONS)]
    _request(memories[:50])
    _enrich(url)  # imports, the first connections
    process = psutil.Process()
    before, counted = process.memory_info().rss, _count(server)
    _request(memories)
    started = time.monotonic()
    report = _enrich(url)
    seconds = time.monotonic() - started
    busy = _count(server)["busy_seconds"] - counted["busy_seconds"]
    grown = process.memory_info().rss - before
    asked = _count(server)["busy_seconds"]
    again = _enrich(url)
    return {
        "questions": report.answered,
        "seconds": round(seconds, 2),
        "busy": round(busy / (seconds * AT_ONCE), 4),
        "most_at_once": _count(server)["most_at_once"],
        "grown_mib": round(grown / 2**20, 1),
        "calls_of_second_run": round((_count(server)["busy_seconds"] - asked) / SECONDS),
        "hits_of_second_run": again.hits,
    }


def _look_up(url: str, server: subprocess.Popen[str]) -> dict[str, Any]:
    from include.lake.connection import configured_lake

    _request([f"Kept {number}: the pump stopped again." for number in range(KEPT)])
    with configured_lake().connect() as lake:
        lake.execute(
            "insert into control.llm_responses select contract, input_hash, 'perceive', model, model_digest, "
            f"prompt_version, '{{}}', now() from control.answer_contracts, {REQUESTS} as requests "
            "where answer_contracts.task = 'perceive'"
        )
    counted = _count(server)
    report = _enrich(url)
    assert _count(server) == counted
    return {"hits": report.hits, "seconds_for_hits": report.seconds}


def _request(memories: list[str]) -> None:
    from include.lake.connection import configured_lake

    inputs = [json.dumps({"content": memory}) for memory in memories]
    with configured_lake().connect() as lake:
        lake.execute(
            f"create or replace table {REQUESTS} as select *, sha256(input) as input_hash from ("
            "select input as request_id, 'perceive' as task, input from (select unnest(?::varchar[]) as input))",
            [inputs],
        )


def _enrich(url: str) -> Any:
    from include.lake.connection import configured_lake
    from include.language_model.enrichment import Enricher
    from include.language_model.ollama import OllamaModel
    from include.language_model.ollama_server import OllamaServer

    model = OllamaModel(OllamaServer(url, max_concurrency=AT_ONCE))
    return Enricher(configured_lake(), model, REQUESTS, "perceive", "run").run()


@contextmanager
def _server() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "tests.ollama_server", "--seconds", str(SECONDS), "--at-once", str(AT_ONCE)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip(), server
        finally:
            server.stdin.close()


def _count(server: subprocess.Popen[str]) -> dict[str, Any]:
    assert server.stdin is not None
    assert server.stdout is not None
    print("count", file=server.stdin, flush=True)
    counted: dict[str, Any] = json.loads(server.stdout.readline())
    return counted
