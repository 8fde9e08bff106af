"""Health, status, metrics and SLAs."""
