"""The lake: DuckLake with its catalog in the store and Parquet files below the lake's path."""
