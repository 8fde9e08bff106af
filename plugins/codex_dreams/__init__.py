"""What Airflow must know of Codex Dreams: hooks, operators, timetables, callbacks."""
