"""Custom fields and tags come in from files, in every mode, and go out again; what does not fit is told, and a revert sets back what it wrote."""

from pathlib import Path
from typing import Any

import pytest

from leadwell import consent, custom, leads, transfer
from leadwell.base.actor import Actor
from leadwell.base.identity import Flaw
from leadwell.base.refusals import Refusal
from leadwell.base.tx import Database, Tx
from leadwell.catalog import Everything
from leadwell.custom import NewField
from leadwell.transfer import ImportOptions, ImportResult, exports, import_file
from leadwell.transfer.cells import tags_of, value_of
from leadwell.transfer.extras import Extra
from leadwell.transfer.mapping import guess, map_columns
from leadwell.transfer.opting_out import opted_out
from leadwell.transfer.refusals import UnknownField

COLUMNS = ("Size", "Area", "Warm?", "Since", "Called", "Class", "Note")
TYPES = ("INT", "FLOAT", "FLAG", "DATE", "MOMENT", "CHOICE", "TEXT")


def file(tmp_path: Path, text: str, name: str = "rows.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


async def bring(db: Database, actor: Actor, path: Path, noun: str = "Company", **options: Any) -> ImportResult:
    return await import_file(db, actor, path, options=ImportOptions(noun=noun, **options), errors=path.with_suffix(".errors.csv"))


async def defined(db: Database, actor: Actor, noun: str, labels: tuple[str, ...] = COLUMNS) -> None:
    async def work(tx: Tx) -> None:
        for label, type in zip(labels, TYPES, strict=False):
            await custom.define(tx, NewField(noun, label, type, options=["Gold", "Silver"] if type == "CHOICE" else None))

    await db.run(actor, work)


async def held(db: Database, actor: Actor, noun: str, table: str) -> list[dict[str, Any]]:
    """Custom values that are there, and tags, of every live record."""
    sql = (
        "SELECT t.id, ARRAY(SELECT g.name FROM taggings k JOIN tags g ON g.workspace_id = $1 AND g.id = k.tag_id WHERE k.workspace_id = $1 "
        f"AND k.record_id = t.id ORDER BY 1) AS tags FROM {table} t WHERE t.workspace_id = $1 AND t.archived_at IS NULL ORDER BY t.id"
    )
    async with db.read(actor) as tx:
        found = [dict(row) for row in await tx.fetch(sql, tx.workspace)]
        values = await custom.standing_many(tx, noun, [row["id"] for row in found])
    return [{key: value for key, value in values[row["id"]].items() if value is not None} | ({"tags": row["tags"]} if row["tags"] else {}) for row in found]


async def taken_back(db: Database, actor: Actor) -> dict[str, Any]:
    async with db.read(actor) as tx:
        id = await tx.value("SELECT i.id FROM imports i WHERE i.workspace_id = $1 ORDER BY i.created_at DESC LIMIT 1", tx.workspace)
    await db.run(actor, lambda tx: transfer.ask_revert(tx, id))
    return dict(await transfer.revert(db, actor, id))


WHOLE = (
    "Name,Website,Size,Area,Warm?,Since,Called,Class,custom.note,Tags\n"
    'Acme,acme.com,"1,200","1.234,5",ja,31.12.2026,2026-01-31T13:00:00+01:00,gold, =Blue  sky ,"=Fair; VIP,Berlin"\n'
)
VALUES = {
    "size": 1200, "area": 1234.5, "warm": True, "since": "2026-12-31", "called": "2026-01-31T12:00:00+00:00", "class": "Gold", "note": "=Blue sky",
    "tags": ["=Fair", "VIP,Berlin"],
}  # fmt: skip


async def test_values_of_every_type_and_tags_come_in_by_label_and_by_key_and_go_out_again(db: Database, actor: Actor, tmp_path: Path) -> None:
    await defined(db, actor, "Company")
    assert (await bring(db, actor, file(tmp_path, WHOLE), dry_run=True)).created == 1
    assert await held(db, actor, "Company", "companies") == []
    result = await bring(db, actor, file(tmp_path, WHOLE))
    assert (result.created, result.flawed, result.ignored) == (1, 0, ())
    assert await held(db, actor, "Company", "companies") == [VALUES]
    viewer, out = Everything(actor.workspace), {}
    for format in ("CSV", "JSONL"):
        async with db.read(actor) as tx:
            plan = exports.plan(exports.NewExport("Company", format=format), viewer, await exports.customs_of(tx, "Company"))
        path = tmp_path / f"out.{format.lower()}"
        path.write_bytes(b"".join([data async for data, _ in exports.rows(db, actor, plan, viewer)]))
        out[format] = path
        listed = tuple(f"custom.{key}" for key in VALUES if key != "tags")
        again = await bring(db, actor, path, mode="OVERWRITE", overwrite=("tags", *listed))
        assert (format, again.rows, again.unchanged, again.flawed, again.conflict) == (format, 1, 1, 0, 0)
    head, row = out["CSV"].read_text(encoding="utf-8-sig").splitlines()
    assert head.endswith("custom.note,tags")
    assert row.endswith("""'=Blue sky,"'=Fair; VIP,Berlin\"""")
    assert '"tags":["=Fair","VIP,Berlin"]' in out["JSONL"].read_text(encoding="utf-8")


@pytest.mark.parametrize(("mode", "expected", "counts"), [
    ("CREATE", {"size": 5, "tags": ["Fair"]}, (0, 1, 0)), ("FILL_EMPTY", {"size": 5, "area": 2.5, "tags": ["Fair", "New"]}, (1, 0, 1)),
    ("OVERWRITE", {"size": 6, "area": 2.5, "tags": ["New"]}, (1, 0, 0)),
])  # fmt: skip
async def test_modes_leave_fill_and_overwrite_what_is_listed_and_a_revert_sets_it_back(
    db: Database, actor: Actor, tmp_path: Path, mode: Any, expected: dict[str, Any], counts: tuple[int, int, int]
) -> None:
    await defined(db, actor, "Company", COLUMNS[:2])
    await bring(db, actor, file(tmp_path, "Name,Size,Tags\nAcme,5,Fair\n"))
    listed = ("custom.size", "tags") if mode == "OVERWRITE" else ()
    result = await bring(db, actor, file(tmp_path, "Name,Size,Area,Tags\nAcme,6,2.5,New\n", "two.csv"), mode=mode, overwrite=listed)
    assert (result.attached, result.unchanged, result.conflict) == counts
    assert await held(db, actor, "Company", "companies") == [expected]
    await taken_back(db, actor)
    assert await held(db, actor, "Company", "companies") == [{"size": 5, "tags": ["Fair"]}]


async def test_absent_empty_and_null_are_three_things(db: Database, actor: Actor, tmp_path: Path) -> None:
    await defined(db, actor, "Company", COLUMNS[:3])
    await bring(db, actor, file(tmp_path, "Name,Size,Area,Warm?,Tags\nAcme,5,2,yes,Fair\n"))
    listed = ("custom.size", "custom.area", "custom.warm", "tags")
    await bring(db, actor, file(tmp_path, '{"name": "Acme", "Size": null, "Area": ""}\n', "n.jsonl"), mode="OVERWRITE", overwrite=listed)
    assert await held(db, actor, "Company", "companies") == [{"area": 2.0, "warm": True, "tags": ["Fair"]}]
    await bring(db, actor, file(tmp_path, "Name,Tags,Warm?\nAcme,\\N,\\N\n", "c.csv"), mode="OVERWRITE", overwrite=listed)
    assert await held(db, actor, "Company", "companies") == [{"area": 2.0}]


async def test_what_does_not_fit_is_told_and_the_row_is_kept(db: Database, actor: Actor, tmp_path: Path) -> None:
    await defined(db, actor, "Company")
    await db.run(actor, lambda tx: custom.define(tx, NewField("Company", "Register number", "TEXT", is_unique=True)))
    text = "Name,Size,Warm?,Class,Since,Register number\nAcme,many,maybe,Bronze,sometime,7\nBeta,1,,,,7\nGamma,2,,,,8\n"
    result = await bring(db, actor, file(tmp_path, text))
    assert (result.created, result.failed, result.flawed) == (3, 0, 5)
    assert await held(db, actor, "Company", "companies") == [{"register_number": "7"}, {"size": 1}, {"size": 2, "register_number": "8"}]
    told = (tmp_path / "rows.errors.csv").read_text(encoding="utf-8-sig")
    assert '"1","Class","BAD_CUSTOM_VALUE","""Bronze"" does not fit ""Class"": it is not one of Gold, Silver."' in told
    assert '"2","Register number","CUSTOM_VALUE_TAKEN"' in told


async def test_leads_take_values_and_tags_and_a_revert_lists_what_has_changed_since(db: Database, actor: Actor, tmp_path: Path) -> None:
    await defined(db, actor, "Lead", COLUMNS[:1])
    result = await bring(db, actor, file(tmp_path, "Lead ID,Last Name,Email,Size,Tags\n7,Silva,ana@acme.com,5,Fair\n8,Ray,bo@acme.com,,\n"), "Lead")
    assert (result.created, result.flawed) == (2, 0)
    assert await held(db, actor, "Lead", "leads") == [{"size": 5, "tags": ["Fair"]}, {}]
    second = file(tmp_path, "Lead ID,Last Name,Email,Size,Tags\n7,Silva,ana@acme.com,6,\n8,Ray,bo@acme.com,9,Fair\n", "two.csv")
    result = await bring(db, actor, second, "Lead", mode="OVERWRITE", overwrite=("custom.size",))
    assert (result.created, result.attached, result.unchanged, result.flawed) == (0, 2, 0, 0)
    assert await held(db, actor, "Lead", "leads") == [{"size": 6, "tags": ["Fair"]}, {"size": 9, "tags": ["Fair"]}]
    async with db.read(actor) as tx:
        first = await tx.value("SELECT l.id FROM leads l WHERE l.workspace_id = $1 ORDER BY l.id LIMIT 1", tx.workspace)
    await db.run(actor, lambda tx: leads.update(tx, first, {"custom": {"size": 7}}))
    await taken_back(db, actor)
    assert await held(db, actor, "Lead", "leads") == [{"size": 7, "tags": ["Fair"]}, {}]
    async with db.read(actor) as tx:
        left = await tx.fetch("SELECT k.noun, k.field FROM import_left k WHERE k.workspace_id = $1", tx.workspace)
    assert [tuple(row) for row in left] == [("Lead", "custom.size")]


async def test_field_that_is_not_there_is_refused_before_the_first_row(db: Database, actor: Actor, tmp_path: Path) -> None:
    path = file(tmp_path, "Name,Size\nAcme,5\n")
    with pytest.raises(UnknownField):
        await import_file(db, actor, path, {"Size": "custom.size"}, options=ImportOptions(noun="Company"))
    with pytest.raises(Refusal):
        await bring(db, actor, path, mode="OVERWRITE", overwrite=("custom.size",))
    assert await held(db, actor, "Company", "companies") == []


def test_columns_are_guessed_in_so_many_words_before_layouts_names_and_labels() -> None:
    extras = {name: Extra(name, label, "TEXT") for name, label in (("custom.city", "Town"), ("custom.hall", "Halle"), ("custom.need", "Bedarf"))}
    extras["tags"] = Extra("tags", "Tags", "tags")
    mapped = map_columns(["Name", "City", "custom.city", "HALLE", "need", "Labels", "Town"], {}, "Company", extras)
    assert list(mapped.fields.values()) == ["name", "city", "custom.city", "custom.hall", "custom.need", "tags"]
    assert mapped.ignored == ("Town",)
    assert guess(["Name", "Website", "Halle"], "Company", {"Company": extras}).fields["Halle"] == ("custom.hall", "NAME")


@pytest.mark.parametrize(("type", "text", "value"), [
    ("INT", "1.234", 1234), ("INT", "-7", -7), ("INT", "12.0", 12), ("INT", "1 234 567", 1234567), ("INT", "1.5", None), ("INT", "1_000", None),
    ("FLOAT", "1.234", 1.234), ("FLOAT", "1,234.5", 1234.5), ("FLOAT", "12,5 %", 12.5), ("FLOAT", "1e-07", 1e-07), ("FLOAT", "nan", None),
    ("FLAG", "Nein", False), ("FLAG", "TRUE", True), ("FLAG", "2", None), ("DATE", "4/5/2021", None), ("TEXT", "x" * 601, None), ("CHOICE", "GOLD", "Gold"),
])  # fmt: skip
def test_cells_are_read_as_what_their_field_holds(type: str, text: str, value: Any) -> None:
    found = value_of(Extra("custom.x", "X", type, ("Gold",)), text)
    assert isinstance(found, Flaw) if value is None else found == value


def test_tags_are_parted_by_semicolons_else_by_commas_unless_the_whole_is_one() -> None:
    assert tags_of("VIP, fair ,vip,,", {}) == ["VIP", "fair"]
    assert tags_of("Berlin, DE; VIP", {}) == ["Berlin, DE", "VIP"]
    assert tags_of("Berlin, DE", {"berlin, de": 1}) == ["Berlin, DE"]


@pytest.mark.parametrize(("text", "expected"), [
    ("true", True), ("1", True), ("Do Not Allow", True), ("Unsubscribed", True), ("2024-05-01", True), ("wrote angrily", True), ("No", False), ("0", False),
    ("FALSE", False), ("Allow", False), ("subscribed", False), ("", False), ("  ", False), ("\\N", False),
])  # fmt: skip
def test_whatever_is_no_plain_no_is_an_opt_out(text: str, expected: bool) -> None:
    assert opted_out(text) is expected


async def test_opt_outs_of_another_system_hold_at_all_addresses_and_go_with_a_revert(db: Database, actor: Actor, tmp_path: Path) -> None:
    text = "Name,E-mail,Email Opt Out\nAda,ada@acme.com,TRUE\nBob,bob@acme.com,no\nEve,eve@acme.com,2024-05-01\nDan,dan@acme.com,\n"

    async def shut() -> list[tuple[str, str]]:
        async with db.read(actor) as tx:
            known = {consent.hash_of_normalized(f"{name}@acme.com"): name for name in ("ada", "bob", "eve", "dan")}
            held = await tx.fetch("SELECT s.address_hash, s.kind FROM suppressions s WHERE s.workspace_id = $1 AND s.lifted_at IS NULL", tx.workspace)
        return sorted((known[row["address_hash"]], row["kind"]) for row in held)

    assert (await bring(db, actor, file(tmp_path, text), "Lead", dry_run=True)).created == 4
    assert await shut() == []
    result = await bring(db, actor, file(tmp_path, text), "Lead")
    assert (result.created, result.flawed, result.ignored) == (4, 0, ())
    assert await shut() == [("ada", "IMPORT"), ("eve", "IMPORT")]
    await db.run(actor, lambda tx: consent.opt_out(tx, consent.OptOut(consent.hash_of("eve@acme.com"))))
    contacts = "Name,Email,Company,Do Not Email\nBob,bob@acme.com,Acme,yes\nAda,ada@acme.com,Acme,no\n"
    again = await bring(db, actor, file(tmp_path, contacts, "contacts.csv"), "Contact")
    assert (again.created, again.ignored) == (2, ())
    assert await shut() == [("ada", "IMPORT"), ("bob", "IMPORT"), ("eve", "IMPORT"), ("eve", "UNSUBSCRIBE")]
    await taken_back(db, actor)
    assert await shut() == [("ada", "IMPORT"), ("eve", "IMPORT"), ("eve", "UNSUBSCRIBE")]
    known = await bring(db, actor, file(tmp_path, "Name,E-mail,Unsubscribed\nDan,dan@acme.com,yes\n", "known.csv"), "Lead", mode="CREATE")
    assert (known.created, known.unchanged, (await shut())[1]) == (0, 1, ("dan", "IMPORT"))
