"""The table of `./codex`'s commands: what `--help` lists, where each is defined, what the documentation says of it.

It is all that `./codex --help` reads. A command's module is imported when the command runs (`lazy.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class CommandEntry:
    """One command: its module below `include.cli`, the function in it, its help's first line, its need of a service."""

    name: str
    module: str
    function: str
    summary: str
    service: str = "no"


NEEDED, STOPPED, STARTED = "yes, or `--local`", "must not run", "starts it"

EVERY_DAY = "Every day"
SERVICE = "The service"
CLOSER = "A closer look"
UPKEEP = "Upkeep"
EXPERIMENTS = "Past nights and experiments"

COMMANDS: dict[str, tuple[CommandEntry, ...]] = {
    EVERY_DAY: (
        CommandEntry("remember", "remember", "remember", "Save notes into the store."),
        CommandEntry("query", "query", "query", "Find memories, and say what brought each up."),
        CommandEntry("ask", "ask", "ask", "Answer a question from your notes, and name them."),
        CommandEntry("morning", "morning", "morning", "Show the morning: what is due, what moved, a dream."),
        CommandEntry("threads", "threads", "threads", "Show what goes through several notes, the latest first."),
        CommandEntry("thread", "threads", "thread", "Show one thread: its story, what is open, and its notes."),
        CommandEntry("insights", "recall", "insights", "Show what follows from several memories together."),
        CommandEntry("dreams", "recall", "dreams", "Show what came together in REM sleep, the latest first."),
        CommandEntry("episodes", "recall", "episodes", "Show what happened together, the latest first."),
        CommandEntry("open", "open_items", "open_", "Show what is promised and due, the next first."),
        CommandEntry("changes", "open_items", "changes", "Show where a later note says otherwise, the latest first."),
        CommandEntry("questions", "open_items", "questions", "Show what only you can settle, the latest first."),
        CommandEntry("answer", "corrections", "answer", "Answer a question."),
        CommandEntry("done", "corrections", "done", "Tick off a promise."),
        CommandEntry("drop", "corrections", "drop", "Drop a promise."),
        CommandEntry("pin", "corrections", "pin", "Pin an item or a memory, so that it does not fade."),
        CommandEntry("correct", "corrections", "correct", "Put your words in the place of an item's."),
        CommandEntry("reject", "corrections", "reject", "Reject an item, so that it is told no more."),
        CommandEntry(
            "corrections",
            "corrections",
            "corrections",
            "Show what you said of what was learned, the latest first.",
        ),
        CommandEntry("trace", "trace", "trace", "Show the journey of one memory, stage by stage."),
        CommandEntry("demo", "demo", "demo", "See it work: a month of invented notes, and a night's sleep."),
    ),
    SERVICE: (
        CommandEntry("up", "service", "up", "Start the service: the store, and Airflow with all rhythms.", STARTED),
        CommandEntry("down", "service", "down", "Stop the service and everything it started.", "stops it"),
        CommandEntry("restart", "service", "restart", "Stop the service and start it again.", STARTED),
        CommandEntry("status", "status", "status", "Show what runs, and what became of every memory."),
        CommandEntry("logs", "logs", "logs", "Show the last lines of the service's logs."),
        CommandEntry("health", "health", "health", "Check every part and stage; the exit code says how they are."),
        CommandEntry("mcp", "mcp", "mcp", "Serve an assistant over the Model Context Protocol."),
    ),
    CLOSER: (
        CommandEntry(
            "consolidate",
            "consolidate",
            "consolidate",
            "Run a rhythm, or a whole night, and follow it.",
            "yes, or `--local`",
        ),
        CommandEntry("plan", "plan", "plan", "Say what is ahead: notes, calls, tokens, hours."),
        CommandEntry("rhythms", "rhythms", "rhythms", "Show when each rhythm beats, and whether it keeps time."),
        CommandEntry("metrics", "metrics", "metrics", "Show what happened in a period, in figures."),
        CommandEntry("params", "params", "params", "List the biological parameters: value, range, source."),
    ),
    UPKEEP: (
        CommandEntry("doctor", "doctor", "examine", "Find doubled and orphaned rows, and mend them."),
        CommandEntry("forget", "forget", "forget", "Forget memories, and what was derived from them alone."),
        CommandEntry("restore", "archive", "restore", "Bring archived memories back; without an id, list them."),
        CommandEntry("retry", "retry", "retry", "Ask the language model again what it failed to answer."),
        CommandEntry("export", "transfer", "export", "Write all memories and what was derived from them."),
        CommandEntry("import", "transfer", "import_", "Read what export wrote, here or elsewhere."),
        CommandEntry("backup", "backup", "backup", "Back up the store and the lake into one file."),
        CommandEntry("restore-backup", "backup", "restore", "Put a backup in the place of store and lake.", STOPPED),
    ),
    EXPERIMENTS: (
        CommandEntry("undo", "undo", "undo", "Undo a night, and those after it; or bring them back.", STOPPED),
        CommandEntry("simulate", "simulate", "simulate", "Live through past nights, and draw what they do to memory."),
        CommandEntry("redream", "redream", "redream", "Repeat past nights with another model, and compare."),
        CommandEntry("compare", "cutover", "compare", "Compare quick insights with biological knowledge."),
        CommandEntry("cutover", "cutover", "cutover", "Move the share of memories whose insight is biological."),
    ),
}
"""The commands by section, in the order in which they are listed."""

DAEMON = "The service's commands: start, stop, restart, status, logs"
"""What `./codex daemon` is for."""

_BY_NAME = {entry.name: entry for entries in COMMANDS.values() for entry in entries}

DAEMON_COMMANDS = (
    replace(_BY_NAME["up"], name="start"),
    replace(_BY_NAME["down"], name="stop"),
    _BY_NAME["restart"],
    _BY_NAME["status"],
    _BY_NAME["logs"],
)
"""The service's commands under the names that daemons usually have."""
