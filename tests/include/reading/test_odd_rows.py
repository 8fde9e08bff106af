"""Rows that no program wrote for us: they are filtered with their reason, and trouble neither rhythms nor readers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.conftest import World, new_world
from tests.include.cli.conftest import Said, run_codex

AS_OF, LATER = "2026-03-02T12:00:00+00:00", "2026-03-02T13:00:00+00:00"
DEEP = '{"a":' * 1000 + "1" + "}" * 1000
BROAD = json.dumps({"list": [{"n": [n]} for n in range(2000)], "text": "[" * 300})
CALENDAR = "created_at lies outside of the years 1 to 9999"
DEPTH = "metadata is nested more than 100 levels deep"

ODD = {
    "00000000-0000-4000-8000-0000000000a1": ("4000-01-01 BC", None, "2026-03-02", CALENDAR),
    "00000000-0000-4000-8000-0000000000a2": ("200000-01-01", None, "2026-03-02", CALENDAR),
    "00000000-0000-4000-8000-0000000000a3": ("-infinity", None, "2026-03-02", CALENDAR),
    "00000000-0000-4000-8000-0000000000a4": ("infinity", None, "2026-03-02", CALENDAR),
    "00000000-0000-4000-8000-0000000000a5": ("2026-03-01", DEEP, "2026-03-02", DEPTH),
}
"""Id → created_at, metadata, updated_at, why nothing can be made of it."""
FINE = {
    "00000000-0000-4000-8000-0000000000b1": ("2026-03-01", None, "infinity"),
    "00000000-0000-4000-8000-0000000000b2": ("2026-03-01", None, "200000-01-01"),
    "00000000-0000-4000-8000-0000000000b3": ("2026-03-01", BROAD, "-infinity"),
    "00000000-0000-4000-8000-0000000000b4": ("2026-03-01", None, "2026-03-02"),
}


@pytest.fixture(scope="module")
def lived(installation: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with new_world(installation, tmp_path_factory.mktemp("odd")) as world:  # type: ignore[arg-type]
        for number, (memory_id, (created, metadata, updated, *_)) in enumerate({**ODD, **FINE}.items()):
            world.store(
                "INSERT INTO public.memories (id, content, created_at, metadata, updated_at) "
                "VALUES (%s, %s, %s::timestamptz, coalesce(%s::jsonb, '{}'), %s::timestamptz)",
                [memory_id, f"Anna tuned cello number {number}.", created, metadata, updated],
            )
        world.run("working", "insights", as_of=AS_OF)
        yield world


def test_odd_rows_are_filtered_with_their_reason_and_the_others_are_not(lived: World) -> None:
    rows = lived.store("SELECT memory_id, status, status_reason FROM codex_processed.memory_index")
    fates = {str(memory_id): (status, reason) for memory_id, status, reason in rows}
    assert fates == {
        **{memory_id: ("filtered", reason) for memory_id, (*_, reason) in ODD.items()},
        **dict.fromkeys(FINE, ("attended", None)),
    }
    insights = lived.store("SELECT memory_id FROM codex_processed.insights")
    assert {str(memory_id) for (memory_id,) in insights} <= FINE.keys()
    assert insights


@pytest.mark.parametrize(
    "command",
    [
        ("query", "cello", "--json"),
        ("insights", "--json"),
        ("export",),
        ("export", "--format", "json"),
        ("export", "--format", "csv"),
        ("export", "--format", "parquet"),
        ("export", "--format", "graphml"),
        ("status", "--json"),
        ("metrics", "--json"),
        *(("trace", memory_id) for memory_id in ODD),
        ("trace", "00000000-0000-4000-8000-0000000000a1", "--json"),
    ],
    ids=" ".join,
)
def test_no_reader_fails_for_their_sake(lived: World, command: tuple[str, ...]) -> None:
    said = run_codex(*command)
    assert said.code == 0, said.err
    if command[0] == "trace" and len(command) == 2:
        assert f"filtered, {ODD[command[1]][3]}" in said.out


@pytest.fixture(scope="module")
def exported(lived: World) -> bytes:
    return run_codex("export").written


def test_an_export_holds_them_all_and_what_is_usable_can_be_imported(exported: bytes, world: World) -> None:
    file = world.folder / "all.jsonl"
    file.write_bytes(exported)
    records = [json.loads(line) for line in exported.splitlines()]
    memories = {record["id"]: record for record in records if record["kind"] == "memory"}
    assert memories.keys() == ODD.keys() | FINE.keys()
    assert memories["00000000-0000-4000-8000-0000000000a1"]["at"] == "0001-01-02T00:00:00+00:00"
    assert memories["00000000-0000-4000-8000-0000000000a5"]["metadata"].count("{") == 1000
    assert memories["00000000-0000-4000-8000-0000000000b3"]["metadata"] == json.loads(BROAD)
    said: Said = run_codex("import", file, "--json")
    assert said.code == 0, said.err
    saved = {str(memory_id) for (memory_id,) in world.store("SELECT id FROM public.memories")}
    assert saved >= FINE.keys()
    assert len(saved) + json.loads(said.out)["memories"]["refused"] == len(memories)


def test_what_is_saved_later_is_taken_in_although_others_claim_to_be_of_the_future(lived: World) -> None:
    later = "00000000-0000-4000-8000-0000000000c1"
    lived.store(
        "INSERT INTO public.memories (id, content, created_at, updated_at) "
        "VALUES (%s, 'Bert mended the pump.', '2026-03-02 11:00+00', '2026-03-02 12:30+00')",
        [later],
    )
    lived.run("working", as_of=LATER)
    status = lived.store("SELECT status FROM codex_processed.memory_index WHERE memory_id = %s", [later])
    assert status == [("attended",)]
    lived.store("DELETE FROM public.memories WHERE id = %s", [later])
    lived.run("working", as_of=LATER)
