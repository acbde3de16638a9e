"""Decides a merge without I/O: who survives among people, leads, contacts and companies, and which values. Preview and merge share it."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from leadwell.merging.engine import Fold
from leadwell.merging.fields import Conflict, Policy, Record, decide

FURTHEST = ("NEW", "NURTURING", "WORKING", "QUALIFIED")
INTENTS = ("SUBSCRIBE", "CONTENT", "EVENT", "HAND_RAISE")
MILESTONES = ("marketing_qualified_at", "sales_accepted_at", "sales_qualified_at")


@dataclass(frozen=True, slots=True)
class Wish:
    """Who survives, who goes, and how fields are decided: a rule by field (`policies`, also a record's id), a value (`values`), else `default`.
    `automatic`: nobody was asked."""

    survivor: UUID
    losers: tuple[UUID, ...]
    policies: Mapping[str, Policy | UUID] = field(default_factory=dict[str, Policy | UUID])
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    default: Policy = "SURVIVOR"
    plan_hash: str | None = None
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """An active enrollment; `place` is the index of its step."""

    id: UUID
    person_id: UUID
    sequence_id: UUID
    place: int
    visit: int
    raised: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything read for the decision: people or companies with the survivor first, and for people what stands behind them. `links` are the
    companies of each contact, (company, hidden), the primary one first."""

    noun: str
    records: Sequence[Record]
    leads: Sequence[Record] = ()
    contacts: Sequence[Record] = ()
    links: Mapping[UUID, Sequence[tuple[UUID, bool]]] = field(default_factory=dict[UUID, Sequence[tuple[UUID, bool]]])
    companies: Mapping[UUID, Record] = field(default_factory=dict[UUID, Record])
    parents: Mapping[UUID, UUID | None] = field(default_factory=dict[UUID, UUID | None])
    enrollments: Sequence[Entered] = ()


@dataclass(frozen=True, slots=True)
class FoldPlan:
    """One record that survives: what it takes from the others."""

    fold: Fold
    values: Mapping[str, Any]
    donors: Mapping[str, UUID]
    conflicts: Sequence[Conflict]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a merge does. `homeless`: hidden companies of private persons that go, because a real company is linked. `leaving`: enrollments
    that end, with the reason."""

    folds: Sequence[FoldPlan]
    contact: UUID | None = None
    primary: UUID | None = None
    homeless: Sequence[UUID] = ()
    leaving: Mapping[UUID, str] = field(default_factory=dict[UUID, str])
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def conflicts(self) -> list[Conflict]:
        return [conflict for one in self.folds for conflict in one.conflicts]

    @property
    def hash(self) -> str:
        """Over the decisions, not over how many rows move."""
        said = [
            [[f.fold.noun, f.fold.survivor, f.fold.losers, _sorted(f.values), [[c.field, c.kept, c.lost] for c in f.conflicts]] for f in self.folds],
            self.contact, self.primary, self.homeless, sorted(self.leaving), _sorted(self.given),
        ]  # fmt: skip
        return hashlib.sha256(orjson.dumps(said, default=str)).hexdigest()


def _sorted(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(values.items())


def plan(wish: Wish, facts: Facts) -> Plan:
    """The decisions."""
    top = _fold(facts.noun, facts.records, wish)
    if facts.noun == "Company":
        top = FoldPlan(top.fold, {**top.values, **_above(facts)}, top.donors, top.conflicts)
        return Plan([top], given=wish.values)
    leads = _leads(facts)
    contact = _contact(facts)
    private, primary, homeless = _companies(facts, contact)
    folds = [top, *leads, *([contact] if contact and contact.fold.losers else []), *private]
    return Plan(folds, contact and contact.fold.survivor, primary, homeless, _leaving(facts), wish.values)


def _fold(noun: str, records: Sequence[Record], wish: Wish | None = None) -> FoldPlan:
    decision = decide(noun, records, wish.policies if wish else {}, wish.default if wish else "SURVIVOR")
    values = {**decision.values, **_derived(noun, records)}
    return FoldPlan(Fold(noun, records[0].id, tuple(r.id for r in records[1:])), values, decision.donors, decision.conflicts)


def _derived(noun: str, records: Sequence[Record]) -> dict[str, Any]:
    """Columns that no rule of fields decides: the latest activity, the strictest tracking, the strongest intent, the first milestones."""
    of, values = records[0].values, [r.values for r in records]
    new: dict[str, Any] = {"last_activity_at": max((v["last_activity_at"] for v in values if v["last_activity_at"]), default=None)}
    if noun == "Person":
        new["tracking"] = all(v["tracking"] for v in values)
        new["kind"] = of["kind"] if of["kind"] != "ANONYMOUS" else next((v["kind"] for v in values if v["kind"] != "ANONYMOUS"), "ANONYMOUS")
    if noun == "Lead":
        new["intent"] = max((v["intent"] for v in values), key=INTENTS.index)
        new |= {name: min((v[name] for v in values if v[name]), default=None) for name in MILESTONES}
    if noun == "Contact" and any(v["type"] == "CUSTOMER" for v in values):
        new["type"] = "CUSTOMER"
    return {name: value for name, value in new.items() if value != of[name]}


def _leads(facts: Facts) -> list[FoldPlan]:
    """Of the open leads of one pipeline the furthest survives: by the type of its status, then its place in the pipeline, then age."""
    pipelines: dict[UUID, list[Record]] = defaultdict(list)
    for lead in facts.leads:
        pipelines[lead.values["pipeline_id"]].append(lead)
    folds: list[FoldPlan] = []
    for _, found in sorted(pipelines.items()):
        found.sort(key=lambda r: (-FURTHEST.index(r.values["type"]), -r.values["position"], r.created_at, r.id))
        if len(found) > 1:
            folds.append(_fold("Lead", found))
    return folds


def _contact(facts: Facts) -> FoldPlan | None:
    """The survivor's own contact; without one a customer, then the oldest."""
    if not facts.contacts:
        return None
    mine = facts.records[0].id

    def rank(r: Record) -> tuple[Any, ...]:
        return r.values["person_id"] != mine, r.values["archived_at"] is not None, r.values["type"] != "CUSTOMER", r.created_at, r.id

    return _fold("Contact", sorted(facts.contacts, key=rank))


def _companies(facts: Facts, contact: FoldPlan | None) -> tuple[list[FoldPlan], UUID | None, list[UUID]]:
    """Hidden companies of private persons: beside a real company they go; among themselves they become one. And the primary company."""
    if contact is None:
        return [], None, []
    order = [contact.fold.survivor, *contact.fold.losers]
    links = dict.fromkeys(link for id in order for link in facts.links.get(id, ()))
    real, hidden = [id for id, private in links if not private], [id for id, private in links if private]
    if real:
        return [], real[0], hidden
    folds = [_fold("Company", [facts.companies[id] for id in hidden])] if len(hidden) > 1 else []
    return folds, hidden[0] if hidden else None, []


def _leaving(facts: Facts) -> dict[UUID, str]:
    """One enrollment per sequence goes on, the furthest; and none whose person has raised a hand since it began, where that ends it."""
    by: dict[UUID, list[Entered]] = defaultdict(list)
    for one in facts.enrollments:
        by[one.sequence_id].append(one)
    leaving: dict[UUID, str] = {}
    for found in by.values():
        found.sort(key=lambda e: (-e.place, -e.visit, e.id))
        leaving |= {e.id: "MERGED" for e in found[1:]}
        if found[0].raised:
            leaving[found[0].id] = "HAND_RAISE"
    return leaving


def _above(facts: Facts) -> dict[str, UUID | None]:
    """The survivor's parent: its own, else the first one a loser brings; never one that would close a circle, so what stands between is passed over."""
    merged = {r.id for r in facts.records}
    for record in facts.records:
        chain = list(_chain(record.values["parent_id"], facts.parents))
        last = max((i for i, id in enumerate(chain) if id in merged), default=-1)
        above = next(iter(chain[last + 1 :]), None)
        if above is not None:
            return {} if above == facts.records[0].values["parent_id"] else {"parent_id": above}
    return {} if facts.records[0].values["parent_id"] is None else {"parent_id": None}


def _chain(id: UUID | None, parents: Mapping[UUID, UUID | None]) -> Sequence[UUID]:
    found: list[UUID] = []
    while id is not None and id not in found:
        found.append(id)
        id = parents.get(id)
    return found
