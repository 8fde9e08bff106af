"""Errors whose message tells the owner what is wrong and what to do about it."""

from __future__ import annotations


class CodexError(Exception):
    """Something the owner can mend. The message says what is wrong and what to do; no traceback is shown."""


def first_line(error: BaseException) -> str:
    """What an error says first, without what follows in other lines; its type's name where it says nothing."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
