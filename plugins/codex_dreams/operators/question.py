"""The operator that asks the owner: a required action in Airflow, whose answer is the owner's as anywhere else."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator

from include.curation.corrections import CHOICES, FATES, answer
from include.lake.connection import configured_lake
from include.store.connection import connect

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

LATER = "later"
"""The option of whoever does not want to say now; and what is taken when nobody answers."""
MAKER = "airflow"

_OPEN = """
    SELECT q.question_id::text, q.kind, q.question, array_agg(to_char(m.created_at, 'YYYY-MM-DD') || ': ' || m.content
        ORDER BY m.created_at, m.memory_id) FILTER (WHERE m.memory_id IS NOT NULL)
    FROM codex_processed.questions q
    LEFT JOIN codex_processed.memory_index m ON m.memory_id = ANY (q.memory_ids)
    WHERE q.settled_at IS NULL
    GROUP BY q.question_id, q.kind, q.question, q.asked_at ORDER BY q.asked_at DESC, q.question_id LIMIT %s
"""


def open_questions(store_url: str, limit: int) -> list[dict[str, Any]]:
    """What is asked of the owner, the latest first: the operator's arguments that differ from question to question."""
    with connect(store_url) as store:
        rows = store.execute(_OPEN, [limit]).fetchall()
    return [
        {
            "question_id": question_id,
            "subject": f"{question[:200]}",
            "body": "\n\n".join(f"> {' '.join(note.split())[:600]}" for note in notes or []),
            "options": [*(FATES if kind == "fate" else CHOICES), LATER],
        }
        for question_id, kind, question, notes in rows
    ]


class QuestionOperator(HITLOperator):
    """Waits for the owner's answer to one question, in no worker's slot, and takes it as their last word.

    The answer is the event that `./codex answer` makes. Where nobody answers in time nothing is said.

    :param question_id: the question of `codex_processed.questions`
    """

    # What the owner wrote is shown as it is, and is no template.
    template_fields = ()

    def __init__(self, *, question_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.question_id = question_id

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Take the answer."""
        given = super().execute_complete(context, event)
        [word] = given["chosen_options"]
        if word == LATER:
            log.info("Nothing was answered")
            return given
        user: Mapping[str, Any] = given["responded_by_user"] or {}
        said = answer(
            configured_lake(),
            self.question_id,
            word,
            by=f"{MAKER}: {user.get('name')}" if user.get("name") else MAKER,
            comment=(given["params_input"] or {}).get("comment") or None,
        )
        log.info("%s %s: %s", said.item.kind, said.item.item_id, said.word)
        return given
