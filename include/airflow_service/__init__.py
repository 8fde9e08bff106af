"""The Airflow that runs, from outside: its supervisor, its REST API, its metadata, its retention."""
