"""What memory holds and what its nights did: the views of dbt/models/monitoring, as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.monitoring.metrics.rows import rows_of

if TYPE_CHECKING:
    import duckdb

    from include.monitoring.metrics.period import Period


def memory(connection: duckdb.DuckDBPyConnection, period: Period) -> dict[str, Any]:
    """What each stage holds at present, what each night of the period did, and how many gists fail which check."""
    nights = "select * from monitoring.consolidation_stats where night between $since::date and $until::date order by 1"
    return {
        "stages": rows_of(connection, "select * from monitoring.system_health_dashboard order by step", {}),
        "nights": rows_of(connection, nights, {"since": period.since, "until": period.until}),
        "checks": rows_of(connection, "select * from monitoring.quality_checks order by check_name", {}),
    }
