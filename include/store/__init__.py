"""The store: the PostgreSQL that holds the source table, the lake's catalog and the served schema."""
