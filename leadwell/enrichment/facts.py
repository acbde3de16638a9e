"""Reads, set-based, what providers are told about a batch of people and what a decision must respect."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from leadwell.base.sql import load
from leadwell.base.tx import Tx
from leadwell.enrichment.blend import Place
from leadwell.enrichment.known import record_ids
from leadwell.enrichment.port import CompanyFacts, Origin, PersonFacts
from leadwell.enrichment.providers.companies import keys_of


@dataclass(frozen=True, slots=True)
class Batch:
    """The locked people, where their values came from, what was dismissed, and their fingerprints at the last run."""

    people: list[PersonFacts]
    origins: dict[Place, Origin]
    dismissed: set[tuple[UUID, str, str]]
    hashes: dict[UUID, str]


async def read(tx: Tx, person_ids: Sequence[UUID], *, lock: bool = True, companies: bool = False) -> Batch:
    """Locks the people (or only looks at them) and reads them; merged and unknown ones are left out. `companies`: those of people without leads too."""
    # A plan made while the tables were empty costs twenty times one made for this batch.
    await tx.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    chosen = load(__name__, "lock") if lock else load(__name__, "lock").partition("ORDER BY")[0]
    ids = [row["id"] for row in await tx.fetch(chosen, tx.workspace, list(person_ids))]
    rows = await tx.fetch(load(__name__, "facts"), tx.workspace, ids)
    people = await _with_companies(tx, [msgspec.convert(dict(row), PersonFacts, dec_hook=_quick) for row in rows], companies)
    origins, dismissed = await _origins(tx, people)
    hashes = {row["person_id"]: row["input_hash"] for row in await tx.fetch(load(__name__, "runs"), tx.workspace, ids)}
    return Batch(people, origins, dismissed, hashes)


def _quick(kind: type[Any], given: Any) -> Any:
    """Ids as the database sends them: each is hashed dozens of times."""
    return kind(given)


async def _origins(tx: Tx, people: list[PersonFacts]) -> tuple[dict[Place, Origin], set[tuple[UUID, str, str]]]:
    records = [id for person in people for id in record_ids(person)]
    origins: dict[Place, Origin] = {}
    dismissed: set[tuple[UUID, str, str]] = set()
    for row in await tx.fetch(load(__name__, "origins"), tx.workspace, records):
        if row["dismissed"] is not None:
            dismissed.add((row["record_id"], row["field"], repr(row["dismissed"])))
        else:
            origins[row["record_id"], row["field"]] = Origin(row["source"], row["provider"], row["confidence"], row["locked"], row["value"])
    return origins, dismissed


async def _with_companies(tx: Tx, people: list[PersonFacts], everybody: bool) -> list[PersonFacts]:
    keys = {person.id: set(keys_of(person)) for person in people if person.leads or everybody}
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for by, key in (pair for pairs in keys.values() for pair in pairs):
        wanted[by].add(key)
    if not wanted:
        return people
    rows = await tx.fetch(load(__name__, "companies"), tx.workspace, sorted(wanted["DOMAIN"]), sorted(wanted["NAME"]))
    found = _chosen(rows)
    return [_given(person, [company for pair in sorted(keys.get(person.id, ())) for company in found.get(pair, ())]) for person in people]


def _chosen(rows: Sequence[Any]) -> dict[tuple[str, str], list[CompanyFacts]]:
    """Per key the company marked for matching, else all of them, so that two mean none."""
    grouped: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row["by"], row["key"]].append(row)
    return {
        pair: [_company(row) for row in group if row["chosen"] or not any(other["chosen"] for other in group)]
        for pair, group in grouped.items()
    }


def _company(row: Any) -> CompanyFacts:
    return CompanyFacts(**{name: row[name] for name in CompanyFacts.__struct_fields__})


def _given(person: PersonFacts, companies: list[CompanyFacts]) -> PersonFacts:
    return msgspec.structs.replace(person, companies=tuple(companies)) if companies else person
