"""The dbt project: running dbt in this process, its manifest, clustering of columns for a Python model."""
