"""What each dbt model must have, beside dbt-score's own rules: `make lint` holds it (`[tool.dbt-score]`).

dbt-score gives a rule the model as the manifest has it. What that leaves out `include/installation/lint_dbt.py` puts in
beforehand: `meta.made`, the columns that the model really has, and `meta.unit_tests`, the names of its unit tests.
"""

import re

from dbt_score import Model, RuleViolation, rule, rule_filter

FATES = ("rebuilt", "rebuildable", "ledger", "a view", "ephemeral")
"""How a head says whether a model can be made again: "Rebuilt each run", "Not rebuildable", "A view", …"""


def head(code: str) -> str:
    """The text of a model's head: its first comments, or the docstring of one in Python; without marks of comments."""
    if code.startswith('"""'):
        return " ".join(code.split('"""')[1].split())
    lines = [line for line in _head_lines(code) if not re.match(r"-- (depends_on|noqa):", line)]
    return " ".join(line.removeprefix("--").strip() for line in lines).strip()


def cost(code: str) -> str:
    """What a model's cost grows with, as its head says; empty where it does not."""
    lines = _head_lines(code) if not code.startswith('"""') else code.split('"""')[1].splitlines()
    text = "\n".join(line.removeprefix("--").strip() for line in lines)
    found = re.search(r"^Cost: (.+?)(?=^(?:depends_on|noqa):|^$|\Z)", text, re.DOTALL | re.MULTILINE)
    return " ".join(found[1].split()) if found else ""


def _head_lines(code: str) -> list[str]:
    lines = code.splitlines()
    end = next((place for place, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return lines[:end]


@rule_filter
def has_a_table_or_view(model: Model) -> bool:
    """Not a part of other models."""
    return bool(model.config.get("materialized") != "ephemeral")


@rule
def head_says_grain(model: Model) -> RuleViolation | None:
    """The head of a model says what one row is, whether it can be made again, and what its cost grows with."""
    text = head(model.raw_code)
    missing = [
        part
        for part, there in (
            ("what one row is (Grain: …)", text.startswith("Grain: ")),
            (f"whether it can be made again ({', '.join(FATES)})", any(fate in text.lower() for fate in FATES)),
            ("what its cost grows with (Cost: …)", bool(cost(model.raw_code))),
        )
        if not there
    ]
    return RuleViolation(f"The head does not say {'; '.join(missing)}.") if missing else None


@rule
def columns_are_described(model: Model) -> RuleViolation | None:
    """Every column that a model has is in its .yml, and no other is."""
    made, described = list(model.meta.get("made", [])), [column.name for column in model.columns]
    problems = [
        f"{what}: {', '.join(columns)}"
        for what, columns in (
            ("not described", [column for column in made if column not in described]),
            ("described, but not there", [column for column in described if column not in made]),
        )
        if columns
    ]
    return RuleViolation(f"Columns {'; '.join(problems)}.") if problems else None


@rule(rule_filters={has_a_table_or_view()})
def is_tested(model: Model) -> RuleViolation | None:
    """A model that is no part of others has a test, a unit test or a key."""
    tested = model.tests or model.meta.get("unit_tests") or any(column.tests for column in model.columns)
    if tested or model.constraints or any(column.constraints for column in model.columns):
        return None
    return RuleViolation("The model has neither a test nor a key.")


@rule
def served_columns_have_a_type(model: Model) -> RuleViolation | None:
    """What is published has a type for every column."""
    untyped = [column.name for column in model.columns if not column.data_type]
    if model.schema == "served" and untyped:
        return RuleViolation(f"Columns without a type: {', '.join(untyped)}.")
    return None
