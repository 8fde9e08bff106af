"""What the DAGs, the plugins, the command line and the tests share."""
