# Airflow 3.3.2 on Python 3.12 (the runtime's default is a newer Python, for which there is no lock).
FROM astrocrpublic.azurecr.io/runtime:3.3-8-python-3.12

# What include/installation/environment.py sets for the service that ./codex starts; a test keeps the two the same.
ENV CODEX_HOME=/usr/local/airflow/.codex \
    CODEX_DUCKDB_EXTENSIONS=/usr/local/airflow/.codex/duckdb \
    PYTHONPATH=/usr/local/airflow:/usr/local/airflow/plugins \
    AIRFLOW__CORE__LAZY_LOAD_PLUGINS=False \
    AIRFLOW__COSMOS__CACHE_DIR=/usr/local/airflow/.codex/cosmos \
    AIRFLOW__COSMOS__ENABLE_TELEMETRY=False \
    AIRFLOW__COSMOS__PROPAGATE_LOGS=True \
    DBT_SEND_ANONYMOUS_USAGE_STATS=False \
    DBT_CACHE_SELECTED_ONLY=True \
    DBT_WRITE_JSON=False \
    DBT_EXCLUDE_RESOURCE_TYPES=unit_test \
    DBT_LOG_LEVEL_FILE=none \
    DO_NOT_TRACK=1

# Airflow finds the connection type `ollama` and its form through an installed package. Nothing is fetched for it.
RUN python -m pip install --no-cache-dir --no-build-isolation --no-deps --no-index .

# The dbt manifest and DuckDB's extensions are part of the image: no task parses the project or fetches anything.
RUN mkdir -p .codex/lake && python -m include.installation.image
