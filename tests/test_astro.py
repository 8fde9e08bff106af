"""What `astro dev start` reads. There is no container engine in tests: what can be checked without one is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.settings import REPOSITORY

# The keys that the Astro command line reads; it passes over others without a word.
CONNECTION_KEYS = {
    "conn_id",
    "conn_type",
    "conn_host",
    "conn_schema",
    "conn_login",
    "conn_password",
    "conn_port",
    "conn_uri",
    "conn_extra",
}


def read(name: str) -> Any:
    return yaml.safe_load((REPOSITORY / name).read_text())


def dockerfile_environment() -> dict[str, str]:
    text = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", " ")
    [line] = re.findall(r"^ENV (.*)$", text, re.MULTILINE)
    return dict(pair.split("=", 1) for pair in line.split())


def test_the_image_sets_what_the_service_sets(installation: Path) -> None:
    from include.installation.environment import environment

    of_service, of_image = environment(), dockerfile_environment()
    placed = {"CODEX_HOME", "CODEX_DUCKDB_EXTENSIONS", "PYTHONPATH", "AIRFLOW__COSMOS__CACHE_DIR"}
    assert {name: of_service[name] for name in of_image if name not in placed} == {
        name: value for name, value in of_image.items() if name not in placed
    }
    ours = {name for name in of_service if name.startswith(("AIRFLOW__COSMOS", "DBT_"))}
    assert ours <= set(of_image)


def test_the_image_is_airflows_version_without_listing_airflow() -> None:
    assert "runtime:3.3-8-python-3.12" in (REPOSITORY / "Dockerfile").read_text()
    pinned = (REPOSITORY / "requirements.txt").read_text()
    assert not re.search(r"^apache-airflow[=<>~]", pinned, re.MULTILINE)
    assert "apache-airflow==3.3.2" in (REPOSITORY / "requirements-local.txt").read_text()


def test_the_image_is_built_with_a_manifest_and_extensions(
    installation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.installation import image
    from include.settings import settings

    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    try:
        image.main()
    finally:
        settings.cache_clear()
    assert (tmp_path / "home" / "dbt" / "manifest.json").exists()
    assert list((tmp_path / "home" / "duckdb").rglob("ducklake*"))


def test_connections_have_the_keys_that_are_read() -> None:
    from include.installation.environment import LANGUAGE_MODEL_CONN_ID, STORE_CONN_ID

    connections = read("airflow_settings.yaml")["airflow"]["connections"]
    assert {connection["conn_id"] for connection in connections} == {STORE_CONN_ID, LANGUAGE_MODEL_CONN_ID}
    for connection in connections:
        assert set(connection) <= CONNECTION_KEYS
        assert isinstance(connection["conn_port"], int)


def test_containers_and_connections_name_the_same_store() -> None:
    compose = read("docker-compose.override.yml")
    store = compose["services"]["codex-store"]["environment"]
    connection = next(
        item for item in read("airflow_settings.yaml")["airflow"]["connections"] if item["conn_id"] == "codex_store"
    )
    assert connection["conn_host"] in compose["services"]
    assert (connection["conn_login"], connection["conn_password"], connection["conn_schema"]) == (
        store["POSTGRES_USER"],
        store["POSTGRES_PASSWORD"],
        store["POSTGRES_DB"],
    )
    url = compose["services"]["scheduler"]["environment"]["POSTGRES_DB_URL"]
    assert f"{store['POSTGRES_USER']}:{store['POSTGRES_PASSWORD']}@codex-store:5432/{store['POSTGRES_DB']}" in url


def test_what_containers_mount_is_there_and_every_volume_is_declared() -> None:
    compose = read("docker-compose.override.yml")
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (REPOSITORY / source).exists()
            else:
                assert source in compose["volumes"]


def test_the_example_of_settings_names_every_setting_with_its_default() -> None:
    from include.settings import Settings

    example = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", (REPOSITORY / ".env.example").read_text(), re.MULTILINE))
    assert set(example) == {name.upper() for name in Settings.model_fields}
    for name in ("ollama_model", "embedding_model"):
        assert example[name.upper()] == Settings.model_fields[name].default
    assert int(example["CODEX_BACKUPS_KEPT"]) == Settings.model_fields["codex_backups_kept"].default
    assert float(example["OLLAMA_TIMEOUT"]) == Settings.model_fields["ollama_timeout"].default
    assert int(example["CODEX_WEB_PORT"]) == Settings.model_fields["codex_web_port"].default


def test_what_the_image_is_built_from_is_there_and_not_left_out() -> None:
    text = (REPOSITORY / "Dockerfile").read_text()
    copied = [word for line in re.findall(r"^(?:COPY|ADD) (.*)$", text, re.MULTILINE) for word in line.split()[:-1]]
    # The base image copies the whole project, and installs packages.txt and requirements.txt.
    needed = [source for source in copied if not source.startswith("--")]
    needed += ["dags", "dbt", "include", "plugins", "pyproject.toml", "packages.txt", "requirements.txt"]
    ignored = {line.rstrip("/") for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line}
    for source in needed:
        assert (REPOSITORY / source).exists(), source
        assert source.rstrip("/") not in ignored, source


def test_the_settings_file_has_the_shape_that_is_read() -> None:
    airflow = read("airflow_settings.yaml")["airflow"]
    assert set(airflow) <= {"connections", "pools", "variables"}
    for pool in airflow["pools"]:
        assert set(pool) <= {"pool_name", "pool_slot", "pool_description"}
        assert isinstance(pool["pool_slot"], int)
    for variable in airflow["variables"]:
        assert set(variable) <= {"variable_name", "variable_value"}
    config = read(".astro/config.yaml")
    assert config["postgres"]["tag"].startswith("pg")
    assert "pgvector" in config["postgres"]["repository"]


IMPORT_ALONE = """
import socket, sys

def refuse(*_):
    raise OSError("there is no network here")

socket.socket.connect = socket.socket.connect_ex = refuse

from pathlib import Path
from airflow.dag_processing.dagbag import DagBag

bag = DagBag("dags", bundle_path=Path("dags"))
assert not bag.import_errors, bag.import_errors
print(*sorted(bag.dags))
"""


def test_dags_are_imported_without_a_database_a_network_or_connections(installation: Path, tmp_path: Path) -> None:
    """What `astro dev parse` and `astro dev pytest` have: the image's manifest, and nothing that answers."""
    import os
    import subprocess
    import sys

    from include.rhythms.catalogue import RHYTHMS

    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "POSTGRES_DB", "OLLAMA", "CODEX")) or name == "CODEX_HOME"
    }
    environment |= {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://nobody@nowhere.invalid/none",
        "AIRFLOW_CONN_CODEX_STORE": "postgres://mocked:mocked@mocked/mocked",
        "AIRFLOW_CONN_CODEX_LANGUAGE_MODEL": '{"conn_type": "ollama", "host": "mocked"}',
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "plugins")]),
        "CODEX_HOME": str(installation),
    }
    ended = subprocess.run(
        [sys.executable, "-c", IMPORT_ALONE],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout.splitlines()[-1].split() == sorted(["questions", *(rhythm.dag_id for rhythm in RHYTHMS)])
