"""Settings of one Codex Dreams installation, from the environment or a `.env` file.

Names without a prefix are promises to others; they are listed with their defaults in `.env.example`.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    ByteSize,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from include.errors import CodexError

REPOSITORY = Path(__file__).resolve().parent.parent
"""The folder that holds `dags/`, `dbt/` and `include/`."""
ENV_FILE = REPOSITORY / ".env"
MEBIBYTE = 1024 * 1024

Language = Literal["en", "de"]
"""Languages in which the morning speaks around the owner's own words."""
_CONTAINER_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_LEAST_MEMORY, _MOST_MEMORY = 256 * MEBIBYTE, 1024 * MEBIBYTE
_MOST_SPILL = 16 * 1024 * MEBIBYTE


def memory_of_the_machine() -> int:
    """Bytes of memory that this process may use: the machine's, or what its container is limited to."""
    amounts = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in _CONTAINER_LIMITS:
        if path.exists() and (limit := path.read_text().strip()).isdecimal():
            amounts.append(int(limit))
    return min(amounts)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no timezone; give a name such as Europe/Berlin or UTC") from error
    return name


def _postgres_url(url: str) -> str:
    example = "postgresql://user:password@localhost:5432/database"
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"postgresql", "postgres"} and ("," in parts.netloc or parts.port != 0)
    except ValueError:
        known = False
    if not known:
        raise ValueError(f"it is no URL of a PostgreSQL database; give something like {example}")
    if "@" in parts.path + parts.fragment:
        raise ValueError(f"there is a / or # before the @; in a password, write / as %2F and # as %23: {example}")
    # libpq reads both spellings, SQLAlchemy only the long one.
    return url if parts.scheme == "postgresql" else url.replace("postgres://", "postgresql://", 1)


def _ollama_url(url: str) -> str:
    """One address, or several with commas between them."""
    return _addresses(url, "http://localhost:11434")


def _openai_base_url(url: str) -> str:
    """One base URL, or several with commas between them."""
    return _addresses(url, "http://localhost:8080/v1")


def _addresses(url: str, example: str) -> str:
    from include.language_model.model_server import addresses

    try:
        known = bool(addresses(url))
    except ValueError:
        known = False
    if not known:
        raise ValueError(f"give something like {example}")
    return url


def _local_zone() -> str:
    """The machine's own timezone; UTC where it is not known (containers often have none)."""
    from tzlocal import get_localzone_name

    try:
        return _known_zone(get_localzone_name())
    except (ValueError, KeyError, OSError):
        return "UTC"


@dataclass(frozen=True)
class Home:
    """The folders below `$CODEX_HOME`."""

    root: Path

    @property
    def airflow(self) -> Path:
        """Airflow's home: configuration, logs, passwords."""
        return self.root / "airflow"

    @property
    def extensions(self) -> Path:
        """DuckDB's installed extensions."""
        return self.root / "duckdb"

    @property
    def manifest(self) -> Path:
        """The dbt manifest."""
        return self.root / "dbt" / "manifest.json"

    @property
    def rendered(self) -> Path:
        """The part of the manifest that the DAGs are rendered from."""
        return self.root / "dbt" / "rendered.json"

    @property
    def compiled(self) -> Path:
        """What dbt compiled, a file a group of models (include/runs/kept_builds.py)."""
        return self.root / "dbt" / "compiled"

    @property
    def spill(self) -> Path:
        """What does not fit into the memory of a DuckDB session, a folder a session."""
        return self.root / "spill"

    @property
    def service(self) -> Path:
        """What `./codex up` wrote about the running service."""
        return self.root / "service.json"

    @property
    def logs(self) -> Path:
        """Logs of the service's processes."""
        return self.root / "logs"


class Settings(BaseModel):
    """Everything that can be set from outside. Paths are absolute, durations in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    codex_home: Path = Field(REPOSITORY / ".codex", description="Everything this installation makes is below here.")
    postgres_db_url: Annotated[str, AfterValidator(_postgres_url)] | None = Field(
        None, description="The owner's PostgreSQL; unset: an embedded one is started."
    )
    codex_new_source_table: bool = Field(
        False, description="Whether a source table that has vanished is made anew, empty; for one start."
    )
    codex_source_table: str | None = Field(
        None, description="A table of the owner's PostgreSQL that holds the notes, such as notes.entries."
    )
    codex_source_columns: str = Field(
        "", description="Its columns where they have other names: id=uid, content=body, created_at=written_at."
    )
    codex_lake_path: str | None = Field(
        None, description="Where the lake's Parquet files go; default $CODEX_HOME/lake."
    )
    ollama_url: Annotated[str, AfterValidator(_ollama_url)] | None = Field(
        None, description="Unset: the embedded model answers."
    )
    ollama_model: str = Field("gpt-oss:20b", description="The model that answers the tasks.")
    openai_base_url: Annotated[str, AfterValidator(_openai_base_url)] | None = Field(
        None, description="An OpenAI-compatible server (llama.cpp, LM Studio, vLLM), in place of OLLAMA_URL."
    )
    openai_model: str | None = Field(
        None, description="The model that answers the tasks there; unset: the only one that the server has."
    )
    openai_api_key: str | None = Field(None, repr=False, description="The bearer token of that server.")
    embedding_model: str = Field(
        "nomic-embed-text",
        description="The model that embeds; codex-embedded: the embedded one, beside a server that has none.",
    )
    ollama_timeout: float = Field(
        300.0,
        gt=0,
        description="Seconds to wait for one answer at most; less where the model is known to be quicker.",
    )
    codex_model_minutes_a_night: float | None = Field(
        None, gt=0, description="Minutes that a server's model may work in a night; unset: as long as there is work."
    )
    codex_timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        default_factory=_local_zone, description="Where the owner sleeps; default: the machine's own."
    )
    codex_alerts_conn_id: str | None = Field(None, description="An Airflow connection that alerts are sent to.")
    codex_language: Language = Field("en", description="The language of the morning's headings: en or de.")
    codex_morning_conn_id: str | None = Field(None, description="An Airflow connection that the morning is sent to.")
    codex_morning_when_empty: Literal["line", "nothing"] = Field(
        "line", description="What is delivered when a morning has nothing to say: one line, or nothing."
    )
    codex_vault: Path | None = Field(
        None, description="A folder of Markdown notes; each morning is a daily note in its folder Mornings."
    )
    codex_backup_path: Path | None = Field(None, description="Where backups go; default $CODEX_HOME/backups.")
    codex_backups_kept: int = Field(
        7, ge=0, le=1000, description="How many backups are kept; 0: maintenance makes none."
    )
    codex_mcp_token: str | None = Field(
        None, description="What a client of `./codex mcp --http` must show; unset: made, in $CODEX_HOME/mcp-token."
    )
    codex_memory_limit: ByteSize | None = Field(
        None,
        ge=64 * MEBIBYTE,
        description="Memory of one DuckDB session, such as 2GiB; unset: an eighth of the machine's, 256 MiB to 1 GiB.",
    )
    codex_threads: int | None = Field(
        None, ge=1, le=256, description="Threads of one DuckDB session; unset: a thread a core, 4 at most."
    )
    codex_temp_limit: ByteSize | None = Field(
        None,
        ge=0,
        description="Room on the disk for what does not fit into a session's memory, such as 20GiB; "
        "unset: half of what is free below $CODEX_HOME, 16 GiB at most.",
    )
    codex_web_hosts: str = Field(
        "", description="Names under which the web UI is reached beside localhost (behind a proxy), with commas."
    )
    codex_web_port: int = Field(8080, ge=1, le=65535, description="Wished port of the web UI; the next free is taken.")

    @model_validator(mode="after")
    def _one_server(self) -> Self:
        if self.ollama_url is not None and self.openai_base_url is not None:
            raise ValueError("OLLAMA_URL and OPENAI_BASE_URL are both set; one server answers: unset the other")
        return self

    @field_validator("codex_home", "codex_backup_path", "codex_vault")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value and value.expanduser().resolve()

    @property
    def lake_path(self) -> str:
        """Where Parquet files go: a folder or an `s3://` prefix, without a trailing slash."""
        return (self.codex_lake_path or str(self.codex_home / "lake")).rstrip("/")

    @property
    def backup_path(self) -> Path:
        """The folder of backups."""
        return self.codex_backup_path or self.codex_home / "backups"

    @property
    def memory_limit(self) -> int:
        """Bytes of memory that one DuckDB session may take.

        An eighth of the machine's: PostgreSQL takes a quarter, two sessions of tasks a quarter together, and half is
        left to the processes around them (Airflow, dbt, the language model). Beyond 1 GiB a session gains little.
        """
        return self.codex_memory_limit or max(_LEAST_MEMORY, min(memory_of_the_machine() // 8, _MOST_MEMORY))

    @property
    def threads(self) -> int:
        """Threads of one DuckDB session."""
        return self.codex_threads or min(os.cpu_count() or 1, 4)

    @property
    def temp_limit(self) -> int:
        """Bytes that one DuckDB session may put on the disk."""
        if self.codex_temp_limit is not None:
            return self.codex_temp_limit
        self.codex_home.mkdir(parents=True, exist_ok=True)
        return min(shutil.disk_usage(self.codex_home).free // 2, _MOST_SPILL)

    @property
    def embedded_postgres(self) -> bool:
        """Whether this installation brings its own PostgreSQL."""
        return self.postgres_db_url is None

    @cached_property
    def zone(self) -> ZoneInfo:
        """The timezone of waking and sleeping."""
        return ZoneInfo(self.codex_timezone)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once. Tests that change the environment call `settings.cache_clear()`.

    Raises CodexError that names what can't be used.
    """
    try:
        return Settings.model_validate(_values())
    except ValidationError as error:
        reasons = "; ".join(_reason(item) for item in error.errors())
        raise CodexError(f"Settings (from the environment or .env) can't be used: {reasons}.") from None


def _values() -> dict[str, str]:
    """The settings that have a value: the environment's, else that of `.env`. An empty value is none.

    Our own few lines: pydantic-settings takes a tenth of a second of processor time to import, at each command.
    """
    file = dotenv_values(ENV_FILE, encoding="utf-8") if ENV_FILE.is_file() else {}
    values = {name.lower(): value for source in (file, os.environ) for name, value in source.items() if value}
    return {name: values[name] for name in Settings.model_fields if name in values}


def _reason(item: ErrorDetails) -> str:
    reason = item["msg"].removeprefix("Value error, ")
    if not item["loc"]:
        return reason  # of several together
    name = str(item["loc"][0]).upper()
    # A URL may hold a password, which belongs in no message and no log.
    secret = name in {"POSTGRES_DB_URL", "OPENAI_BASE_URL", "OPENAI_API_KEY"}
    return f"{name}: {reason}" if secret else f"{name} is {item['input']!r}: {reason}"


def home() -> Home:
    """The folders of this process's installation."""
    return Home(settings().codex_home)
