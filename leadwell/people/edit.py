"""Changes a person's own fields by hand, keeping addresses, numbers and keys in step."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from leadwell import events
from leadwell.base import provenance
from leadwell.base.identity import BLANK, Email, Flaw, Phone, clean, country_code, parse_email, parse_name, parse_phone
from leadwell.base.ids import uuid7
from leadwell.base.refusals import Refusal
from leadwell.base.rows import Changes, revise_many
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.people.given import FIELDS, NAME_PARTS

EDITABLE = frozenset((*FIELDS, "email", "phone", "department", "seniority", "tracking"))
PLAIN = EDITABLE - {"email", "phone", "name", *NAME_PARTS}   # columns that nothing else follows from
TYPES = {**dict.fromkeys(PLAIN, "text"), "tracking": "boolean"}


class BadEmail(Refusal):
    """{reason}"""

    fix = "Give one address like ana@example.com, or null to clear it."


class BadPhone(Refusal):
    """{reason}"""

    fix = "Write the number with + and its country code."


class BadCountry(Refusal):
    """"{value}" is not a country."""

    fix = "Give an ISO 3166-1 alpha-2 code such as DE, or the country's name."


class BadTimeZone(Refusal):
    """"{value}" is not a time zone."""

    fix = "Give an IANA name such as Europe/Berlin."


async def edit(tx: Tx, person_id: UUID, changes: Mapping[str, Any], *, source: provenance.Source = "HUMAN") -> dict[str, list[Any]]:
    """Sets columns of a person the caller has locked; None clears. Returns {field: [before, after]} of what changed."""
    wanted = {name: _read(name, value) for name, value in changes.items() if name in EDITABLE}
    columns = ", ".join(f"p.{name}" for name in sorted(EDITABLE))
    before = await tx.row(f"SELECT {columns} FROM people p WHERE p.workspace_id = $1 AND p.id = $2", tx.workspace, person_id)
    if before is None:
        return {}
    email, phone = wanted.get("email"), wanted.get("phone")
    new = {name: _plain(value) for name, value in wanted.items()}
    new |= _whole_name({**before, **new}, set(new))
    changed = {name: [before[name], value] for name, value in new.items() if before[name] != value}
    if not changed:
        return {}
    if "email" in changed:
        await _address(tx, person_id, email)
    if "phone" in changed:
        await _number(tx, person_id, phone)
    sets = ", ".join(f"{name} = ${i}" for i, name in enumerate(changed, 4))
    version = await tx.value(
        f"UPDATE people SET {sets}, version = version + 1, updated_at = $3 WHERE workspace_id = $1 AND id = $2 RETURNING version",
        tx.workspace, person_id, await tx.now(), *(after for _, after in changed.values()))  # fmt: skip
    await provenance.record(tx, "Person", person_id, {name: after for name, (_, after) in changed.items()}, source)
    await events.note(tx, "person.updated", "Person", person_id, person_id=person_id, version=version, data={"changes": changed})
    return changed


async def edit_many(tx: Tx, wanted: Mapping[UUID, Mapping[str, Any]], *, source: provenance.Source = "HUMAN") -> dict[UUID, Changes]:
    """As `edit`, of PLAIN fields of many people the caller has locked: what changed of each of whom something did, in a handful of statements."""
    columns = ", ".join(f"p.{name}" for name in sorted(PLAIN))
    rows = await tx.fetch(f"SELECT p.id, {columns} FROM people p WHERE p.workspace_id = $1 AND p.id = ANY($2::uuid[])", tx.workspace, sorted(wanted))
    changed: dict[UUID, Changes] = {}
    for row in rows:
        new = {name: _read(name, value) for name, value in wanted[row["id"]].items()}
        if differing := {name: [row[name], value] for name, value in new.items() if row[name] != value}:
            changed[row["id"]] = differing
    after = {id: {name: pair[1] for name, pair in changes.items()} for id, changes in changed.items()}
    versions = await revise_many(tx, "people", TYPES, after)
    await provenance.record_all(tx, [
        provenance.Origin("Person", id, name, value, source) for id, values in after.items() for name, value in values.items()])
    await events.note_all(tx, [
        events.Event("person.updated", "Person", id, id, versions[id], {"changes": changes}) for id, changes in changed.items()])
    return changed


def _read(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    reader = READERS.get(name)
    return reader(value) if reader else clean(value) or None


def _email(value: str) -> Email | None:
    read = parse_email(value)
    if isinstance(read, Flaw) and read is not BLANK:
        raise BadEmail(field="email", reason=read.reason)
    return None if isinstance(read, Flaw) else read


def _phone(value: str) -> Phone | None:
    read = parse_phone(value)
    if isinstance(read, Flaw) and read is not BLANK:
        raise BadPhone(field="phone", reason=read.reason)
    return None if isinstance(read, Flaw) else read


def _country(value: str) -> str | None:
    code = country_code(value)
    if code is None and clean(value):
        raise BadCountry(field="country", value=value[:40])
    return code


def _time_zone(value: str) -> str | None:
    try:
        return ZoneInfo(value).key if value else None
    except (KeyError, ValueError, OSError):
        raise BadTimeZone(field="time_zone", value=value[:40]) from None


READERS: Mapping[str, Callable[[str], Any]] = {"email": _email, "phone": _phone, "country": _country, "time_zone": _time_zone}


def _plain(value: Any) -> Any:
    return value.display if isinstance(value, Email) else value.e164 if isinstance(value, Phone) else value


def _whole_name(row: Mapping[str, Any], given: set[str]) -> dict[str, Any]:
    """The full name follows its parts; parts follow a new full name that can be taken apart."""
    if "name" in given:
        parsed = parse_name(row["name"])
        if given & set(NAME_PARTS) or isinstance(parsed, Flaw):
            return {}
        parts = (parsed.prefix, parsed.first, parsed.middle, parsed.last, parsed.suffix)
        return {name: part or None for name, part in zip(NAME_PARTS, parts, strict=True)}
    return {"name": " ".join(filter(None, (row[part] for part in NAME_PARTS))) or None} if given & set(NAME_PARTS) else {}


async def _address(tx: Tx, person_id: UUID, email: Email | None) -> None:
    """Makes `email` the primary address; older ones stay as further addresses."""
    args = (tx.workspace, person_id)
    await tx.execute("UPDATE person_emails SET is_primary = false WHERE workspace_id = $1 AND person_id = $2 AND is_primary", *args)
    if email is None:
        return
    await tx.execute(load(__name__, "claim_keys"), tx.workspace, ["EMAIL"], [email.match_key], [person_id], await tx.now())
    await tx.execute(
        load(__name__, "edit_email"), *args, uuid7(), email.display, email.normalized, email.match_key, email.domain, await tx.now()
    )
    await tx.execute(load(__name__, "mark_shared"), tx.workspace, email.match_key)


async def _number(tx: Tx, person_id: UUID, phone: Phone | None) -> None:
    args = (tx.workspace, person_id)
    await tx.execute("UPDATE person_phones SET is_primary = false WHERE workspace_id = $1 AND person_id = $2 AND is_primary", *args)
    if phone:
        await tx.execute(load(__name__, "edit_phone"), *args, uuid7(), phone.display, phone.e164, phone.region, phone.type, phone.valid, await tx.now())
