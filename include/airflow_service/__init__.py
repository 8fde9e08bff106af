"""The running Airflow, from outside: its supervisor, REST API, metadata, logs, retention."""
