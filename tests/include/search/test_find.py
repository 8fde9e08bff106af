"""Finding memories by words, by meaning and by what they are linked with."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import hypothesis
import numpy as np
import psycopg
import pytest
from hypothesis import strategies

from include.language_model.choice import embedded_model
from include.search import candidates, ranking
from include.search.candidates import PAUSE, Filters, _quoted, _read_vector
from include.search.find import Found, find, record_retrievals
from include.search.question import Question, Term, read
from include.store.connection import connect
from tests.conftest import World
from tests.served_rows import insert

MODEL = embedded_model()
NOTES = {
    "tea": ("Green tea calms me in the evening.", ["home"]),
    "cache": ("The build was slow because the cache was cold.", ["ci", "work"]),
    "pipeline": ("Warming the pipeline cache made the release fast.", ["ci"]),
    "cello": ("Anna plays the cello in a quartet on Sundays.", ["music"]),
    "bread": ("Buy olive oil and bread on the way home.", []),
}
IDS = {name: UUID(int=number) for number, name in enumerate(NOTES, start=1)}
NAMES = {memory_id: name for name, memory_id in IDS.items()}


@pytest.fixture
def store(world: World) -> Iterator[psycopg.Connection[Any]]:
    vectors = MODEL.embed([content for content, _ in NOTES.values()], "document")
    with connect(world.url) as connection:
        for (name, (content, tags)), vector in zip(NOTES.items(), vectors, strict=True):
            insert(
                connection,
                "memory_index",
                **{"memory_id": IDS[name], "content": content, "tags": tags, "created_at": "2026-03-01T09:00:00Z"},
                **{"status": "attended", "embedding": str(vector.tolist()), "embedding_model": "codex-embedded"},
            )
        yield connection


def link(store: psycopg.Connection[Any], one: str, other: str, weight: float) -> None:
    first, second = sorted((IDS[one], IDS[other]))
    insert(
        store,
        "associations",
        **{"memory_a": first, "memory_b": second, "weight": weight, "coactivations": 1, "is_dream_only": False},
        **{"first_at": "2026-03-01T09:00:00Z", "last_at": "2026-03-01T09:00:00Z"},
    )


def names(found: list[Found]) -> list[str]:
    return [NAMES[item.memory_id] for item in found]


def test_what_holds_the_words_and_the_meaning_comes_first(store: psycopg.Connection[Any]) -> None:
    found = find(store, MODEL, "cold cache in the build")
    assert names(found)[:2] == ["cache", "pipeline"]
    assert {"words", "meaning"} <= set(found[0].why)
    assert sum(item.score for item in found) == pytest.approx(1)
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)


def test_other_forms_of_a_word_are_the_word(store: psycopg.Connection[Any]) -> None:
    [best, *_] = find(store, MODEL, "playing")
    assert NAMES[best.memory_id] == "cello"
    assert "words" in best.why


def test_only_so_many_are_given(store: psycopg.Connection[Any]) -> None:
    assert len(find(store, MODEL, "cache tea bread cello", k=2)) == 2
    assert len(find(store, MODEL, "cache tea bread cello")) >= 4


def test_a_tag_keeps_others_out_even_those_that_are_linked(store: psycopg.Connection[Any]) -> None:
    link(store, "cache", "tea", 1.0)
    assert set(names(find(store, MODEL, "cache and tea", tags=["ci"]))) == {"cache", "pipeline"}
    assert find(store, MODEL, "cache", tags=["nothing has it"]) == []


def test_what_is_linked_with_what_was_found_comes_to_mind(store: psycopg.Connection[Any]) -> None:
    question = "who plays cello in the quartet"
    before = {item.memory_id: item for item in find(store, MODEL, question)}
    link(store, "cello", "bread", 0.8)
    after = {item.memory_id: item for item in find(store, MODEL, question)}
    assert after[IDS["bread"]].why["association"] > 0
    assert after[IDS["bread"]].score > (before[IDS["bread"]].score if IDS["bread"] in before else 0.0)
    assert after[IDS["cello"]].score > after[IDS["bread"]].score


def test_the_strongest_link_counts_not_the_number_of_links(store: psycopg.Connection[Any]) -> None:
    link(store, "cache", "tea", 0.5)
    once = {NAMES[item.memory_id]: item for item in find(store, MODEL, "the cold cache")}
    link(store, "pipeline", "tea", 0.1)
    twice = {NAMES[item.memory_id]: item for item in find(store, MODEL, "the cold cache")}
    assert twice["tea"].why["association"] == once["tea"].why["association"] > 0


def test_insights_and_knowledge_answer_for_their_memory(store: psycopg.Connection[Any]) -> None:
    common = {"confidence_score": 0.5, "prompt_version": "1", "created_at": "2026-03-01T09:00:00Z"}
    insert(
        store,
        "insights",
        **{"id": UUID(int=90), "memory_id": IDS["tea"], "key_insight": "Chamomile would do the same."},
        **{"insight_type": "idea", "extraction_model": "m", "source_memory_ids": [IDS["tea"]]},
        **{"extraction_timestamp": "2026-03-01T09:00:00Z"},
        **common,
    )
    for number, (name, gist, archived) in enumerate(
        [("cello", "Ensembles rehearse weekly.", False), ("bread", "Groceries are forgotten weekly.", True)]
    ):
        insert(
            store,
            "semantic_memory",
            **{"id": UUID(int=95 + number), "source_memory_id": IDS[name], "source_memory_ids": [IDS[name]]},
            **{"semantic_gist": gist, "consolidated_strength": 0.5, "stability_days": 1, "retrievability": 1},
            **{"retrieval_strength": 0.5, "memory_age": "recent", "consolidation_state": "x", "model": "m"},
            **{"processing_version": "1", "event_at": "2026-03-01T09:00:00Z", "is_archived": archived},
            **{"consolidated_at": "2026-03-01T09:00:00Z"},
            **common,
        )
    chamomile, weekly = find(store, MODEL, "chamomile"), find(store, MODEL, "weekly")
    assert (NAMES[chamomile[0].memory_id], chamomile[0].kind) == ("tea", "insight")
    assert chamomile[0].text == "Chamomile would do the same."
    assert [(NAMES[item.memory_id], item.kind) for item in weekly if "learned" in item.why] == [("cello", "knowledge")]


def test_vectors_of_another_model_are_not_compared(store: psycopg.Connection[Any]) -> None:
    store.execute(
        "UPDATE codex_processed.memory_index SET embedding = '[1, 2, 3]', embedding_model = 'other' "
        "WHERE memory_id = %s",
        [IDS["cache"]],
    )
    found = {NAMES[item.memory_id]: item for item in find(store, MODEL, "cold cache in the build")}
    assert "meaning" not in found["cache"].why
    assert "meaning" in found["pipeline"].why


@pytest.mark.parametrize(
    "odd", ["don't & | ! ( ) :*", "'; DROP TABLE x; --", "100% _ \\", "the and of", "日本語", "<->"]
)
def test_any_text_can_be_asked(store: psycopg.Connection[Any], odd: str) -> None:
    assert all(0 < item.score <= 1 for item in find(store, MODEL, odd))


def test_the_same_question_gives_the_same_answer(store: psycopg.Connection[Any]) -> None:
    first, second = (find(store, MODEL, "home and music and work") for _ in range(2))
    assert first == second


def test_an_empty_index_has_no_answer(world: World) -> None:
    with connect(world.url) as store:
        assert find(store, MODEL, "anything") == []


def test_what_was_recalled_is_written_down(world: World, store: psycopg.Connection[Any]) -> None:
    found = find(store, MODEL, "cache", k=2)
    record_retrievals(store, [item.memory_id for item in found], "query")
    store.commit()
    written = world.store("SELECT memory_id, reader FROM codex_processed.retrievals ORDER BY retrieval_id")
    assert written == [(item.memory_id, "query") for item in found]


def know(store: psycopg.Connection[Any], name: str, gist: str, **changed: Any) -> None:
    insert(
        store,
        "semantic_memory",
        **{"id": UUID(int=IDS[name].int + 50), "source_memory_id": IDS[name], "source_memory_ids": [IDS[name]]},
        **{"semantic_gist": gist, "consolidated_strength": 0.5, "stability_days": 1, "retrievability": 1},
        **{"retrieval_strength": 0.5, "memory_age": "recent", "consolidation_state": "x", "model": "m"},
        **{"processing_version": "1", "event_at": "2026-03-01T09:00:00Z", "consolidated_at": "2026-03-01T09:00:00Z"},
        **{"confidence_score": 0.5, "prompt_version": "1", "created_at": "2026-03-01T09:00:00Z"},
        **changed,
    )


def test_what_was_superseded_stands_below_what_superseded_it_but_not_before_it_was(
    store: psycopg.Connection[Any],
) -> None:
    question = "cold cache in the build"
    know(store, "pipeline", "Warm caches make releases fast.")
    know(
        store,
        "cache",
        "Cold caches make builds slow.",
        superseded_at="2026-03-03T09:00:00Z",
        superseded_by=UUID(int=IDS["pipeline"].int + 50),
    )
    assert names(find(store, MODEL, question))[:2] == ["pipeline", "cache"]
    then = datetime(2026, 3, 2, tzinfo=UTC)
    assert names(find(store, MODEL, question, until=then))[:2] == ["cache", "pipeline"]


def test_times_and_strength_keep_others_out(store: psycopg.Connection[Any]) -> None:
    march = datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert find(store, MODEL, "cache", since=march) == []
    assert names(find(store, MODEL, "cold cache", until=march))[0] == "cache"
    assert find(store, MODEL, "cold cache", strength=0.1) == []
    insert(
        store,
        "memory_strengths",
        **{"memory_id": IDS["pipeline"], "episode_id": UUID(int=7), "encoding_strength": 0.4, "strength": 0.4},
    )
    assert names(find(store, MODEL, "cold cache", strength=0.3)) == ["pipeline"]


def turn(store: psycopg.Connection[Any], number: int, text: str) -> UUID:
    memory_id = UUID(int=200 + number)
    insert(
        store,
        "memory_index",
        **{"memory_id": memory_id, "content": text, "tags": ["chat"], "status": "attended"},
        **{"created_at": f"2026-05-0{1 + number // 5}T10:{number:02d}:00Z", "context": "a chat"},
    )
    return memory_id


def test_the_answer_is_found_beside_the_words_of_the_question(store: psycopg.Connection[Any]) -> None:
    asked = turn(store, 0, "Bea: Which instrument did you take up in Lisbon?")
    answer = turn(store, 1, "Cem: The accordion, and I love it!")
    other = turn(store, 7, "Cem: Long day, I went to bed early.")
    found = [item.memory_id for item in find(store, MODEL, "instrument taken up in Lisbon", tags=["chat"])]
    assert found.index(answer) < (found.index(other) if other in found else len(found))
    assert asked in found


def test_who_is_named_is_looked_for_among_those_who_speak(store: psycopg.Connection[Any]) -> None:
    for number in range(3):
        turn(store, number, "Bea: I cooked soup.")
        turn(store, number + 10, "Cem: I cooked soup.")
    found = find(store, MODEL, "What did Cem cook?", tags=["chat"], k=3)
    assert {item.memory_id.int - 200 for item in found} == {10, 11, 12}
    assert all(item.why["speaker"] > 0 for item in found)


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("[1 May 2026, 10:02] {}: I cooked soup.", "What did Cem cook?"),
        ("01/05/2026, 10:02 - {} Keller: I cooked soup.", "What did Cem cook?"),
        ("{} (10:02): I cooked soup.", "What did Cem cook?"),
        ("**{}:** I cooked soup.", "What did Cem cook?"),
        ("**{}**: I cooked soup.", "What did Cem cook?"),
        ("<{}>: I cooked soup.", "What did Cem cook?"),
        ("### {}:\nI cooked soup.", "What did Cem cook?"),
        ("{}: I cooked soup.", "what did cem cook?"),
    ],
)
def test_who_speaks_is_read_however_it_is_told(store: psycopg.Connection[Any], told: str, asked: str) -> None:
    for number in range(3):
        turn(store, number, told.format("Bea"))
        turn(store, number + 10, told.format("Cem") if asked[0].isupper() else told.format("Cem").lower())
    found = find(store, MODEL, asked, tags=["chat"], k=3)
    assert {item.memory_id.int - 200 for item in found} == {10, 11, 12}
    assert all(item.why["speaker"] > 0 for item in found)


DEADLINE = "the sprint of the login page ends with its deadline"
ANSWER = " ".join(
    f"Step {number}: check how the page, the tests and the deadline fit together." for number in range(40)
)


@pytest.mark.parametrize(
    ("owner", "question", "first"),
    [
        ("I planned the sprint up to 15 March.", "What is the deadline of the sprint of the login page?", 0),
        ("I've never been late with a sprint.", "Have I ever missed the deadline of the sprint of the login page?", 0),
        ("Always name the day when a sprint ends.", "How does the sprint of the login page end?", 0),
        ("I planned the sprint up to 15 March.", "What deadline did you recommend for the login page?", 1),
    ],
)
def test_the_owner_comes_before_the_machine_that_answers_at_length(
    store: psycopg.Connection[Any], owner: str, question: str, first: int
) -> None:
    said = [turn(store, 0, f"user: {owner}"), turn(store, 1, f"assistant: So {DEADLINE}. {ANSWER}")]
    for number in range(2, 12):
        turn(store, number, f"{('user', 'assistant')[number % 2]}: {ANSWER}")
    found = [item.memory_id for item in find(store, MODEL, question)]
    assert found[0] == said[first]


@pytest.mark.parametrize("who", ["user", "assistant"])
def test_what_only_chats_with_a_machine_have_is_read(store: psycopg.Connection[Any], who: str) -> None:
    for number in range(9):
        turn(store, number, f"{who}: Always name the deadline; I've never met one of 3. {ANSWER}")
    question = read(store, "Have I ever met what deadline you recommended?")
    vector = MODEL.embed([question.text], "query")[0]
    question, found = candidates.bring_up(store, question, vector, "codex-embedded", Filters())
    columns = ranking.features(question, found)[:, [ranking.FEATURES.index(name) for name in ranking.OF_A_MACHINE]]
    rows = [row for row, memory in enumerate(found.memories) if memory.speaker == who]
    assert len(rows) == 9
    # A machine's long messages count as a machine's; where none speaks, nothing of this is looked for.
    assert (columns[rows, :2] > 0).all() == (who == "assistant")
    assert not columns[rows, 2:].any()


def test_a_memory_of_several_turns_is_said_by_all_who_speak_in_it(store: psycopg.Connection[Any]) -> None:
    for number in range(3):
        turn(store, number, "Bea: I boiled rice.\nDan: I cooked soup.")
        turn(store, number + 10, "Bea: I boiled rice.\nCem: I cooked soup.")
        turn(store, number + 20, "Cem: Long day today.")
    found = find(store, MODEL, "What did Cem cook?", tags=["chat"], k=3)
    assert {item.memory_id.int - 200 for item in found} == {10, 11, 12}


def test_a_date_does_not_outweigh_the_subject(store: psycopg.Connection[Any]) -> None:
    subject = turn(store, 0, "The marathon was hard, and I was proud.")
    turn(store, 1, "In room 9 there are 9 chairs.")
    assert find(store, MODEL, "What was said of the marathon on 9 May 2026?", tags=["chat"])[0].memory_id == subject
    terms = {term.lexemes[0]: term for term in read(store, "the marathon on 9 May 2026").terms}
    assert all(terms[word].rarity < terms["marathon"].rarity for word in ("9", "2026"))


def test_a_word_of_the_same_beginning_speaks_for_a_memory(store: psycopg.Connection[Any]) -> None:
    akin = turn(store, 0, "Our photographs hang in the hall.")
    turn(store, 40, "Our furniture stands in the hall.")
    found = find(store, MODEL, "a photographer in the hall", tags=["chat"])
    assert found[0].memory_id == akin
    assert found[0].why["words"] > found[1].why["words"]


@pytest.mark.parametrize(
    ("asked", "answer", "other"),
    [
        (
            "Why did they buy the boat?",
            "They bought the boat because of the lake.",
            "They bought the boat of the lake.",
        ),
        (
            "What was the book there called?",
            'The book there was called "Ulysses".',
            "The book there was called nothing.",
        ),
        ("How did it feel to see the boat?", "I was so proud to see the boat.", "I was just about to see the boat."),
    ],
)
def test_what_tells_what_is_asked_for_comes_before_what_only_has_the_words(
    store: psycopg.Connection[Any], asked: str, answer: str, other: str
) -> None:
    for number in range(3):  # whoever comes first by id is not the answer
        turn(store, number, other)
    right = turn(store, 45, answer)
    [best, *_] = find(store, MODEL, asked, tags=["chat"])
    assert best.memory_id == right
    assert best.why["answer"] > 0


def test_a_date_in_the_question_leads_to_what_was_told_then(store: psycopg.Connection[Any]) -> None:
    first, later = turn(store, 0, "Bea: I ran a race."), turn(store, 25, "Bea: I ran a race.")
    by_day = {day: find(store, MODEL, f"Who ran a race on {day}?", tags=["chat"])[0] for day in ("1 May 2026", "May 6")}
    assert [item.memory_id for item in by_day.values()] == [first, later]
    assert all(item.why["time"] > 0 for item in by_day.values())


def test_episodes_dreams_and_threads_are_found_by_what_they_are_made_of(store: psycopg.Connection[Any]) -> None:
    insert(
        store,
        "episodes",
        **{"id": UUID(int=70), "started_at": "2026-03-01T09:00:00Z", "ended_at": "2026-03-01T09:00:00Z"},
        **{"memory_ids": [IDS["cache"], IDS["pipeline"]], "headline": "A slow morning", "peak_arousal": 0.1},
        **{"mean_valence": 0, "peak_strength": 0.5},
    )
    insert(
        store,
        "creative_insights",
        **{"id": UUID(int=71), "source_memory_1": IDS["tea"], "source_memory_2": IDS["cello"], "plausibility": 0.5},
        **{"source_memory_ids": [IDS["tea"], IDS["cello"]], "creative_connection": "Both calm.", "novelty": 0.5},
        **{"night": "2026-03-01", "cycle": 1, "model": "m", "prompt_version": "1"},
        **{"created_at": "2026-03-01T09:00:00Z"},
    )
    insert(
        store,
        "episodes",
        **{"id": UUID(int=72), "started_at": "2026-03-01T11:00:00Z", "ended_at": "2026-03-01T11:00:00Z"},
        **{"memory_ids": [IDS["cache"]], "headline": "Alone", "peak_arousal": 0.1, "mean_valence": 0},
        **{"peak_strength": 0.5},
    )
    insert(
        store,
        "threads",
        **{"thread_id": UUID(int=73), "title": "Builds", "memory_ids": [IDS["cache"], IDS["pipeline"]], "members": 2},
        **dict.fromkeys(("story", "recurs", "changed", "open", "next"), "[]"),
        **dict.fromkeys(("began_at", "last_at", "told_at"), "2026-03-01T09:00:00Z"),
        **{"model": "m", "prompt_version": "1"},
    )
    [thread] = find(store, MODEL, "cold cache in the build", kind="thread")
    assert (thread.id, thread.memory_id, thread.text) == (UUID(int=73), IDS["cache"], "Builds")
    [episode] = find(store, MODEL, "cold cache in the build", kind="episode")
    assert (episode.id, episode.memory_id, episode.text) == (UUID(int=70), IDS["cache"], "A slow morning")
    [dream] = find(store, MODEL, "green tea", kind="dream")
    assert (dream.id, dream.memory_id, dream.text) == (UUID(int=71), IDS["tea"], "Both calm.")


def test_words_are_counted_as_the_index_changes(store: psycopg.Connection[Any]) -> None:
    def counted(word: str) -> int:
        row = store.execute("SELECT memories FROM codex_processed.search_words WHERE word = %s", [word]).fetchone()
        return int(row[0]) if row else 0

    assert (counted("cach"), counted("tea")) == (2, 1)
    store.execute("UPDATE codex_processed.memory_index SET content = 'Tea.' WHERE memory_id = %s", [IDS["cache"]])
    assert (counted("cach"), counted("tea")) == (1, 2)
    store.execute("DELETE FROM codex_processed.memory_index WHERE memory_id = %s", [IDS["pipeline"]])
    assert (counted("cach"), counted("tea")) == (0, 2)
    totals = store.execute("SELECT memories, words FROM codex_processed.search_totals").fetchone()
    exact = store.execute(
        "SELECT count(*), sum(codex_processed.length_of(search_vector)) FROM codex_processed.memory_index"
    ).fetchone()
    assert totals == exact


def test_searching_by_sql_alone_finds_words_neighbours_and_links(store: psycopg.Connection[Any]) -> None:
    link(store, "cache", "tea", 1.0)
    rows = store.execute("SELECT memory_id, score, why FROM codex_processed.search('cold cache', 3)").fetchall()
    assert [NAMES[row[0]] for row in rows] == ["cache", "pipeline", "tea"]
    assert rows[2][2] == {"association": pytest.approx(0.15)}
    tagged = store.execute("SELECT memory_id FROM codex_processed.search('cold cache and tea', 3, 'home')").fetchall()
    assert [NAMES[row[0]] for row in tagged] == ["tea"]
    for odd in ["don't & | ! ( ) :*", "'; DROP TABLE x; --", "\\ ' \\'", "", "the and of"]:
        store.execute("SELECT * FROM codex_processed.search(%s)", [odd]).fetchall()


def test_a_long_memory_is_given_whole(store: psycopg.Connection[Any]) -> None:
    text = "Bassoon. " + "word " * 2_000
    turn(store, 0, text)
    assert find(store, MODEL, "bassoon")[0].text == text


def test_words_that_punctuation_joins_are_found_one_by_one(store: psycopg.Connection[Any]) -> None:
    turn(
        store,
        0,
        "Set `config.cache_store` in config/environments/production.rb, see https://example.org/bassoon_guide.",
    )
    for asked in ("production environments", "bassoon guide", "the cache store config"):
        found = find(store, MODEL, asked)
        assert found[0].memory_id == UUID(int=200), asked
        assert found[0].why["words"] > 0
        [best, *_] = store.execute("SELECT memory_id FROM codex_processed.search(%s)", [asked]).fetchall()
        assert best == (UUID(int=200),)


def test_asking_words_are_words_where_nothing_is_asked(store: psycopg.Connection[Any]) -> None:
    turn(store, 0, "Kind regards are a type of greeting.")
    assert [term.lexemes[0] for term in read(store, "kind and type").terms] == ["kind", "type"]
    assert [term.lexemes[0] for term in read(store, "What kind of greeting is it?").terms] == ["greet"]


def test_where_words_stand_is_read_as_postgresql_tells_it(store: psycopg.Connection[Any]) -> None:
    text = r"It's Anna's o'clock: a\b, 3.14% — naïve café (cache cache)! " + "cache " * 300
    [vector, length] = store.execute(
        "SELECT setweight(v, 'B')::text, codex_processed.length_of(setweight(v, 'B')) "
        "FROM codex_processed.words_of(%s) AS v", [text]
    ).fetchall()[0]  # fmt: skip
    told = store.execute("SELECT lexeme, positions FROM unnest(codex_processed.words_of(%s))", [text]).fetchall()
    looked_for = {lexeme: f" {_quoted([lexeme])}:" for lexeme, _ in told}
    assert _read_vector(vector, looked_for) == (length, dict(told))
    assert length == sum(len(positions) for _, positions in told)


@pytest.mark.parametrize("most", [0, 1, 3])
def test_no_more_is_found_than_was_wished_for(store: psycopg.Connection[Any], most: int) -> None:
    assert len(find(store, MODEL, "cache tea home", k=most)) == most


def test_a_question_goes_to_the_store_in_few_trips(store: psycopg.Connection[Any], tmp_path: Path) -> None:
    link(store, "cache", "tea", 1.0)
    question = "What did Anna say about the cold cache and tea on 1 March 2026?"
    find(store, MODEL, question)
    with (tmp_path / "messages").open("w+") as messages:
        store.pgconn.trace(messages.fileno())
        assert find(store, MODEL, question, tags=["ci", "home"])
        store.pgconn.untrace()
        messages.seek(0)
        sent = re.findall(r"^\S+ \S+\tF\t\d+\t(\w+)", messages.read(), re.MULTILINE)
    # Reading the question; how many have a tag; then what words, meaning and date bring up, what is around that, and
    # all of it to be ranked. The end of the last of these is told by itself.
    assert sent.count("Sync") + sent.count("Flush") <= 1 + 1 + 3 + 2
    assert sent.count("Execute") >= 9


@pytest.mark.parametrize("counted", [50_000, 3])
def test_memories_with_a_tag_are_counted_or_beyond_a_number_known_from_statistics(
    store: psycopg.Connection[Any], counted: int
) -> None:
    store.execute("ANALYZE codex_processed.memory_index")
    for tags, held in ({"home"}, 1), ({"ci"}, 2), ({"nobody has it"}, 0), ({"home", "music"}, 2):
        asked = {"tags": list(tags), "counted": counted}
        assert store.execute(candidates._TAGGED, asked).fetchall() == [(held,)], tags


@pytest.mark.parametrize("share", [0.0, 1.1])
def test_a_tag_keeps_others_out_whether_it_is_common_or_rare(
    store: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr(candidates, "COMMON_TAG", share)
    plan = plans(store, monkeypatch, "cold cache of green tea", tags=["ci"])
    assert "IS TRUE" in plan
    assert ("memory_index_tags" in plan) == (share > 1)
    assert set(names(find(store, MODEL, "cold cache of green tea", tags=["ci"]))) == {"cache", "pipeline"}


def plans(store: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, text: str, **wanted: Any) -> str:
    """How PostgreSQL goes about a question where reading whole tables costs too much."""
    asked: list[tuple[str, Mapping[str, Any]]] = []
    real = candidates._ask

    def ask(store: psycopg.Connection[Any], query: str, given: Mapping[str, Any]) -> psycopg.Cursor[Any]:
        asked.append((query, given))
        return real(store, query, given)

    with monkeypatch.context() as patched:
        patched.setattr(candidates, "_ask", ask)
        find(store, MODEL, text, **wanted)
    store.execute("SET LOCAL enable_seqscan = off")
    told = [(query, given) for query, given in asked if query != candidates._TAGGED]  # which counts, and nothing else
    lines = [row for query, given in told for row in store.execute(f"EXPLAIN {query}", given).fetchall()]
    store.execute("SET LOCAL enable_seqscan = on")
    return "\n".join(line for (line,) in lines)


def test_what_is_brought_up_is_found_along_indexes(
    store: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    link(store, "cache", "tea", 1.0)
    know(store, "cache", "Cold caches make builds slow.")
    plan = plans(
        store, monkeypatch, "the cold cache on 1 March 2026", strength=0.0, until=datetime(2030, 1, 1, tzinfo=UTC)
    )
    for index in (
        *("memory_index_search", "memory_index_vectors_512", "memory_index_stream", "memory_index_created_at"),
        *("insights_search", "semantic_memory_search", "associations_pkey", "associations_other_end"),
        *("semantic_memory_superseded", "memory_strengths_pkey"),
    ):
        assert index in plan, index
    assert "Seq Scan" not in plan


def test_what_is_saved_is_indexed_at_once(store: psycopg.Connection[Any]) -> None:
    for number in range(20):
        turn(store, number, f"Bea: I saw {number} herons and word{number}.")
    know(store, "tea", "Herons are seen.")
    for index in ("memory_index_search", "memory_index_tags", "insights_search", "semantic_memory_search"):
        row = store.execute("SELECT gin_clean_pending_list(%s::regclass)", [f"codex_processed.{index}"]).fetchone()
        assert row == (0,), index


@hypothesis.given(strategies.text(alphabet=strategies.characters(codec="utf-8", exclude_characters="\0")))
def test_words_of_plain_text_are_what_the_pattern_finds(said: str) -> None:
    assert ranking._words(said) == ranking._WORD.findall(said.lower().replace("\u2019", "'"))


@hypothesis.given(strategies.text(alphabet="ab1290 _.'\u2019é"))
def test_words_years_and_digits_in_what_is_like_them(said: str) -> None:
    assert ranking._words(said) == ranking._WORD.findall(said.lower().replace("\u2019", "'"))
    assert bool(ranking._YEAR.search(said)) == bool(re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", said))
    assert bool(ranking._DIGIT.search(said)) == bool(re.search(r"(?<!\w)\d", said))


def test_a_session_is_what_was_matched_in_a_stream_until_a_pause(store: psycopg.Connection[Any]) -> None:
    """The vectorised way against the rule: share of the words said in the session, by their rarity among sessions."""
    said = ["heron lake", "boat", "nothing", "heron", "lake boat", "boat"]
    for number, words in enumerate(said):
        turn(store, number * 5 if number < 3 else 20 + number, f"Bea: {words} seen.")
    _, found = candidates.bring_up(
        store, read(store, "heron lake boat"), MODEL.embed(["heron lake boat"], "query")[0], "codex-embedded", Filters()
    )
    matches = found.matches
    sessions: dict[tuple[int, int], set[int]] = {}
    starts: dict[int, list[int]] = {}
    for at, stream, term in sorted(zip(matches.at, matches.stream, matches.term, strict=True)):
        known = starts.setdefault(stream, [])
        last = max(
            (other for other, of in zip(matches.at, matches.stream, strict=True) if of == stream and other < at),
            default=None,
        )
        if last is None or at - last > PAUSE / timedelta(microseconds=1):
            known.append(at)
        sessions.setdefault((stream, known[-1] if known else at), set()).add(int(term))
    worth = {
        term: math.log(1 + (len(sessions) - held + 0.5) / (held + 0.5))
        for term in set(matches.term.tolist())
        for held in [sum(term in terms for terms in sessions.values())]
    }
    values = []
    for memory in found.memories:
        begun = [at for at in starts.get(memory.stream, []) if at <= ranking._instant(memory)]
        values.append(sum(worth[term] for term in sessions[memory.stream, begun[-1]]) if begun else 0.0)
    assert len(sessions) >= 2
    assert ranking._session(found) == pytest.approx(np.array(values) / max(values))


SAID = (
    'She said "yes" because Anna moved to Berlin.',
    "Nothing of it.",
    "I felt happy, so that Ben came near Rome.",
    "We drew, we saw, we went.",
    "Of Carla, of Dora, of Elif.",
)


def asked(**kind: bool) -> Question:
    kinds = {name: False for name in Question.__dataclass_fields__ if name.startswith("asks_")}
    return Question("x", (Term(("x",), 2.0, 9, 1.0),), frozenset(), (), **(kinds | kind), memories=99, mean_length=9.0)


@hypothesis.given(
    strategies.lists(
        strategies.tuples(strategies.floats(0, 1), strategies.booleans(), strategies.sampled_from(SAID)),
        min_size=1,
        max_size=60,
    ),
    strategies.sampled_from(["asks_where", "asks_why", "asks_what", "asks_feeling"]),
    strategies.integers(1, 12),
)
def test_looking_only_where_it_matters_finds_the_same(
    given: list[tuple[float, bool, str]], kind: str, best_of: int
) -> None:
    question = asked(**{kind: True})
    memories = [
        candidates.Memory(
            str(UUID(int=number)),
            text,
            None,
            datetime(2026, 3, 1, tzinfo=UTC),
            number,
            None,
            0.0,
            8,
            {},
            cosine,
            allowed,
        )
        for number, (cosine, allowed, text) in enumerate(given)
    ]
    found = candidates.Candidates(memories)

    def best(looked_at: int | None) -> list[tuple[float, int]]:
        features = ranking.features(question, found, looked_at)
        results = ranking.speaks_for(features) & np.array([memory.allowed for memory in memories])
        reached = ranking.scores(features)
        return sorted((round(-float(reached[row]), 9), int(row)) for row in np.flatnonzero(results))[:best_of]

    assert best(best_of) == best(None)


def test_what_is_out_of_reach_is_not_looked_at() -> None:
    memories = [
        candidates.Memory(
            str(UUID(int=n)), SAID[0], None, datetime(2026, 3, 1, tzinfo=UTC), n, None, 0.0, 99, {}, c, True
        )
        for n, c in enumerate((1.0, 0.9, 0.0001))
    ]
    why = ranking.FEATURES.index("why")
    found = candidates.Candidates(memories)
    assert ranking.features(asked(asks_why=True), found, 1)[:, why].tolist() == [1.0, 1.0, 0.0]
    assert ranking.features(asked(asks_why=True), found)[:, why].tolist() == [1.0, 1.0, 1.0]
