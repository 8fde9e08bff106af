"""The YAML block at the top of a Markdown file."""

from __future__ import annotations

import yaml
from frontmatter.default_handlers import YAMLHandler

from include.intake.note import RefusedError

LONGEST = 1_000_000
"""Characters of front matter; what is longer is something else between two rules."""

DEEPEST = 20
"""Levels of nesting. libyaml takes quadratic time for deep ones, and overflows the stack with very deep ones."""

_HANDLER = YAMLHandler()


def split_front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return the front matter (without any: empty) and the body below it, as it is written.

    A text between two horizontal rules that is no mapping is no front matter. Raises RefusedError where the YAML is
    broken.
    """
    if not _HANDLER.detect(text):
        return {}, text
    try:
        block, body = _HANDLER.split(text)
    except ValueError:
        return {}, text  # a rule, and no second one
    keys = _loaded(block)
    if keys is None:
        return {}, body.lstrip("\r\n")
    if not isinstance(keys, dict):
        return {}, text
    return {str(key): value for key, value in keys.items()}, body.lstrip("\r\n")


def _loaded(block: str) -> object:
    try:
        _refuse_traps(block)
        return _HANDLER.load(block)
    except yaml.YAMLError as error:
        raise RefusedError(f"the front matter is no valid YAML: {_problem(error)}") from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        # PyYAML's own constructors raise these, for the 45th of May, say, or for `!!int x`.
        raise RefusedError(f"the front matter is no valid YAML: {error}") from None


def _refuse_traps(block: str) -> None:
    """Refuse YAML of a few bytes that takes all time or memory (RefusedError)."""
    if len(block) > LONGEST:
        raise RefusedError(f"the front matter is longer than {LONGEST:,} characters")
    depth = 0
    for event in yaml.parse(block, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.AliasEvent):
            raise RefusedError("the front matter uses YAML aliases (*name), which are not read")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise RefusedError("the front matter is nested too deeply")


def _problem(error: yaml.YAMLError) -> str:
    """Say what is wrong, and in which line of the file."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    # Lines count from 0, and the block begins behind the rule, on the file's first line.
    return problem if mark is None else f"{problem} (line {mark.line + 1})"
