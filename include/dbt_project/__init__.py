"""The dbt project as Python sees it."""
