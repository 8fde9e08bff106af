"""What DAG files are written with."""
