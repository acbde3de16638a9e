"""Finds the records that rows name: by outside id, e-mail address, name; set-based, one statement for each sort of name."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from leadwell import companies, events
from leadwell.base.identity import Flaw, company_key, key, parse_email
from leadwell.base.ids import BadId, decode_id, uuid7
from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.capture.lookups import MOST_SOURCES, channel_of
from leadwell.catalog import CATALOG
from leadwell.companies import FoundCompany, NewCompany
from leadwell.transfer.nouns.shape import Case, Way

OWN = "leadwell"  # the system whose outside ids are our own: files that an export wrote
NAMED = {
    "User": "SELECT u.id, u.name, u.email AS more FROM users u WHERE u.workspace_id = $1 AND u.archived_at IS NULL ORDER BY u.created_at, u.id",
    "Source": "SELECT s.id, s.name, NULL AS more FROM sources s WHERE s.workspace_id = $1 AND s.archived_at IS NULL ORDER BY s.created_at, s.id",
    "Campaign": "SELECT c.id, c.name, NULL AS more FROM campaigns c WHERE c.workspace_id = $1 AND c.archived_at IS NULL ORDER BY c.created_at, c.id",
}


async def outside(tx: Tx, noun: str, system: str, ids: Iterable[str]) -> dict[str, UUID]:
    """The records behind another system's ids; archived ones are as good as none."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    if system == OWN:
        return await _own(tx, noun, wanted)
    rows = await tx.fetch(load(__name__, "outside"), tx.workspace, noun, system, wanted)
    return {row["external_id"]: row["record_id"] for row in rows}


async def _own(tx: Tx, noun: str, wanted: Sequence[str]) -> dict[str, UUID]:
    """Our own ids, as an export writes them."""
    ids: dict[str, UUID] = {}
    for text in wanted:
        with suppress(BadId):
            ids[text] = decode_id(text, CATALOG[noun].tag)[1]
    sql = f"SELECT x.id FROM {CATALOG[noun].table} x WHERE x.workspace_id = $1 AND x.id = ANY($2::uuid[])"
    there = {row["id"] for row in await tx.fetch(sql, tx.workspace, list(ids.values()))}
    return {text: id for text, id in ids.items() if id in there}


async def named(tx: Tx, what: str) -> dict[str, UUID]:
    """Users, sources or campaigns by folded name, users by address too; the oldest of a name counts."""
    found: dict[str, UUID] = {}
    for row in await tx.fetch(NAMED[what], tx.workspace):
        for text in (row["name"], row["more"]):
            found.setdefault(key(text) or "", row["id"])
    found.pop("", None)
    return found


async def companies_for(tx: Tx, wanted: Sequence[NewCompany]) -> list[FoundCompany]:
    """A company for each: by domain or name and country, by the name alone where just one has it, else a new one."""
    keys = {folded for one in wanted if not one.country and (folded := company_key(one.name))}
    rows = await tx.fetch(load(__name__, "companies_named"), tx.workspace, sorted(keys)) if keys else []
    alone = {row["name_key"]: row["id"] for row in rows}
    known = await companies.known_by(tx, (key for one in wanted for key in one.identity if key))
    found: dict[int, FoundCompany] = {}
    for i, one in enumerate(wanted):
        hit = companies.match(*one.identity, known)
        if hit and one.identity[0] and companies.learns(hit):
            continue    # it is to have the domain
        only = None if one.identity[0] or one.country else alone.get(company_key(one.name) or "")
        if hit or only:
            found[i] = FoundCompany(hit.company.id, hit.by) if hit else FoundCompany(only, "NAME") if only else FoundCompany(one.id)
    missing = [i for i in range(len(wanted)) if i not in found]
    found |= dict(zip(missing, await companies.find_or_create_many(tx, [wanted[i] for i in missing]), strict=True))
    return [found[i] for i in range(len(wanted))]


async def people_at(tx: Tx, addresses: Iterable[str]) -> dict[str, UUID]:
    """People by the addresses as given; one address that several people use means nobody in particular."""
    keys = {text: parsed.match_key for text in set(addresses) if not isinstance(parsed := parse_email(text), Flaw)}
    if not keys:
        return {}
    rows = await tx.fetch(load(__name__, "people_at"), tx.workspace, sorted(set(keys.values())))
    known = {row["match_key"]: row["person_id"] for row in rows}
    return {text: known[found] for text, found in keys.items() if found in known}


async def link(tx: Tx, cases: Sequence[Case], links: Sequence[tuple[str, str, str]]) -> None:
    """Fills `values[column]` from what rows name: (field, what, column). What nobody has is a flaw, and the rest is kept."""
    for name, what, column in links:
        naming = [case for case in cases if case.links.get(name)]
        if not naming:
            continue
        known = await named(tx, what)
        if what == "Source":
            known |= await _new_sources(tx, {case.links[name] for case in naming}, known)
        for case in naming:
            found = known.get(key(case.links[name]) or "")
            if found:
                case.values[column] = found
            else:
                case.flaw(name, f"UNKNOWN_{name.upper()}", f'There is no {name} "{case.links[name][:60]}".')


async def _new_sources(tx: Tx, names: Iterable[str], known: Mapping[str, UUID]) -> dict[str, UUID]:
    """Sources are made where they are named, as by capture, up to its limit."""
    new = {folded: name for name in sorted(names) if (folded := key(name)) and folded not in known}
    room = max(0, MOST_SOURCES - len(known))
    made = dict(list(new.items())[:room])
    if not made:
        return {}
    values = sorted(made.values())
    ids = [uuid7() for _ in values]
    rows = await tx.fetch(load(__name__, "new_sources"), tx.workspace, ids, values, [channel_of(name) for name in values], await tx.now())
    fresh = [events.Event("source.created", "Source", row["id"], version=1, data={"name": row["name"]}) for row in rows]
    await events.note_all(tx, fresh)
    return await named(tx, "Source")


async def link_outside(tx: Tx, way: Way, cases: Sequence[Case], links: Sequence[tuple[str, str, str]]) -> None:
    """The same for other systems' ids: (field, noun, column)."""
    for name, noun, column in links:
        naming = [case for case in cases if case.links.get(name)]
        known = await outside(tx, noun, way.system, (case.links[name] for case in naming))
        for case in naming:
            found = known.get(case.links[name])
            if found:
                case.values[column] = found
            else:
                case.flaw(name, f"UNKNOWN_{noun.upper()}", f'No {noun.lower()} is known as "{case.links[name][:60]}" in {way.system}.')


async def name_outside(tx: Tx, way: Way, noun: str, cases: Sequence[Case]) -> None:
    """Keeps what the other system calls these records; an id that leads elsewhere already stays as it is."""
    pairs = sorted({case.links["externalId"]: case.record_id for case in cases if case.links.get("externalId") and case.record_id}.items())
    if pairs and way.system != OWN:
        ids, records = [id for id, _ in pairs], [record for _, record in pairs]
        await tx.execute(load(__name__, "name_outside"), tx.workspace, noun, way.system, ids, records, await tx.now())
