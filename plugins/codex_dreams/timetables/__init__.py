"""Timetables of waking and sleeping."""
