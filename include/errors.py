"""Errors whose message tells the owner what is wrong and what to do about it."""

from __future__ import annotations


class CodexError(Exception):
    """Something the owner can mend. The message says what is wrong and what to do; no traceback is shown."""
