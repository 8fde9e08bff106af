"""What Airflow registers: operators, hooks, timetables, triggers, executor, alerts, the page."""
