"""What is asked: the documents, their variables by round, the same questions in PostGraphile's words, and the one form that all answers have in common."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import asyncpg
import orjson

from leadwell.base.ids import decode_id, encode_id

LEAD, USER = 2, 7
ROWS = 50
ACTIVITIES = "activities(first: 3) { nodes { kind at subject } }"
CARD = (
    "id firstName lastName email phone title state score grade companyName createdAt lastActivityAt"
    f" owner {{ name }} company {{ name domain }} {ACTIVITIES}"
)
WHERE = "where: {state: {eq: $state}, createdAt: {lt: $before}}, orderBy: [{createdAt: DESC}]"
LIST = (
    f"query List($state: LeadState!, $before: DateTime!, $n: Int!) {{ leads(first: $n, {WHERE})"
    f" {{ pageInfo {{ hasNextPage endCursor }} edges {{ cursor node {{ {CARD} }} }} }} }}"
)
DETAIL = (
    "query Detail($id: ID!) { lead(id: $id) { id firstName lastName email phone title state score grade fit engagement companyName country need createdAt"
    " updatedAt lastActivityAt closedAt version owner { name } company { id name domain industry employees country createdAt }"
    " activities(first: 20) { nodes { id kind at subject direction } } } }"
)
DEEP = (
    "query Deep($state: LeadState!, $n: Int!, $after: String) { leads(first: $n, after: $after, where: {state: {eq: $state}}, orderBy: [{createdAt: DESC}])"
    " { pageInfo { hasNextPage endCursor } nodes { id title companyName createdAt } } }"
)
WALK = (
    "query Walk($state: LeadState!, $after: String) { leads(first: 200, after: $after, where: {state: {eq: $state}}, orderBy: [{createdAt: DESC}])"
    " { pageInfo { endCursor } } }"
)
COUNT = "query Count($state: LeadState!, $owner: ID!) { leads(where: {state: {eq: $state}, owner: {is: {id: {eq: $owner}}}}) { totalCount } }"
BY_SCORE = (
    "query ByScore($state: LeadState!, $n: Int!) { leads(first: $n, where: {state: {eq: $state}}, orderBy: [{score: DESC}])"
    f" {{ pageInfo {{ hasNextPage endCursor }} edges {{ cursor node {{ {CARD} }} }} }} }}"
)
SEARCH = "query Search($text: String!) { leads(first: 20, search: $text) { nodes { id name email score } } }"
PERSON = "person: personByWorkspaceIdAndPersonId"
SCORES = "scores: scoresByWorkspaceIdAndPersonId(first: 1, condition: {isDefault: true}) { nodes {"
TIMELINE = "timeline: activityParticipantsByWorkspaceIdAndPersonId(orderBy: [AT_DESC, ACTIVITY_ID_DESC], first:"
ACTIVITY = "activity: activityByWorkspaceIdAndActivityId"
PG_LIST = (
    "query List($w: UUID!, $state: String!, $before: Datetime!, $n: Int!) { leads: allLeads(first: $n, orderBy: [CREATED_AT_DESC, ROW_ID_DESC], filter:"
    " {workspaceId: {equalTo: $w}, archivedAt: {isNull: true}, state: {equalTo: $state}, createdAt: {lessThan: $before}})"
    " { pageInfo { hasNextPage endCursor } edges { cursor node { rowId title state companyName createdAt lastActivityAt"
    f" {PERSON} {{ firstName lastName email phone {SCORES} score grade }} }} {TIMELINE} 3) {{ nodes {{ kind at subject }} }} }}"
    " owner: userByWorkspaceIdAndOwnerId { name } company: companyByWorkspaceIdAndCompanyId { name domain } } } } }"
)
PG_DETAIL = (
    "query Detail($w: UUID!, $id: UUID!) { lead: leadByWorkspaceIdAndRowId(workspaceId: $w, rowId: $id) { rowId title state companyName need createdAt"
    f" updatedAt lastActivityAt closedAt version {PERSON} {{ firstName lastName email phone country {SCORES} score grade fit engagement }} }}"
    f" {TIMELINE} 20) {{ nodes {{ {ACTIVITY} {{ rowId kind at subject direction }} }} }} }}"
    " owner: userByWorkspaceIdAndOwnerId { name }"
    " company: companyByWorkspaceIdAndCompanyId { rowId name domain industry employees country createdAt } } }"
)
Variables = Mapping[str, Any]
ALIASES = " ".join(f"x%d_{i}: title" for i in range(24))


@dataclass(frozen=True, slots=True)
class Known:
    """What is in the database that requests may name."""

    workspace: UUID
    now: datetime
    leads: Sequence[UUID]
    owners: Sequence[UUID]
    names: Sequence[str]

    @classmethod
    async def of(cls, workspace: UUID, owner: asyncpg.Connection) -> "Known":
        """A sample of the large workspace."""
        ids = "SELECT l.id FROM leads l WHERE l.workspace_id = $1 ORDER BY l.id"
        leads = [r["id"] for r in await owner.fetch(f"SELECT id FROM ({ids}) x ORDER BY random() LIMIT 5000", workspace)]
        owners = [r["id"] for r in await owner.fetch("SELECT u.id FROM users u WHERE u.workspace_id = $1 ORDER BY u.id", workspace)]
        names = "SELECT p.name FROM people p JOIN leads l ON l.workspace_id = $1 AND l.person_id = p.id WHERE p.workspace_id = $1 AND l.id = ANY($2)"
        found = [r["name"] for r in await owner.fetch(names, workspace, leads[:500])]
        return cls(workspace, await owner.fetchval("SELECT now()"), leads, owners, found)

    def dice(self, what: str, turn: int) -> random.Random:
        return random.Random(f"{what} {turn}")

    def listed(self, turn: int, count: int) -> list[dict[str, Any]]:
        dice = self.dice("list", turn)
        states = ("OPEN", "OPEN", "OPEN", "JUNK", "CONVERTED")
        before = [(self.now - timedelta(seconds=dice.randint(0, 300 * 86_400))).isoformat() for _ in range(count)]
        return [{"state": states[i % 5], "before": moment, "n": ROWS} for i, moment in enumerate(before)]

    def counted(self, turn: int, count: int) -> list[dict[str, Any]]:
        return [{"state": "OPEN", "owner": encode_id(USER, id)} for id in self.dice("count", turn).choices(self.owners, k=count)]

    def sought(self, turn: int, count: int) -> list[dict[str, Any]]:
        """Six letters from the beginning of somebody's family name."""
        return [{"text": name.split()[-1][:6].lower()} for name in self.dice("search", turn).choices(self.names, k=count)]

    def detailed(self, turn: int, count: int) -> list[dict[str, Any]]:
        return [{"id": encode_id(LEAD, id)} for id in self.dice("detail", turn).choices(self.leads, k=count)]


def body(document: str, variables: Variables) -> bytes:
    return orjson.dumps({"query": document, "variables": variables})


def distinct(number: int) -> bytes:
    """A document that nobody has sent before, of a usual length, that costs PostgreSQL next to nothing."""
    return body(f"query D{number} {{ a{number}: leads(first: 1) {{ nodes {{ id {ALIASES.replace('%d', str(number))} }} }} }}", {})


def in_pg(known: Known, variables: Variables) -> dict[str, Any]:
    """The same variables for PostGraphile: bare ids, and the workspace, without which it would not find the indexes."""
    id = {"id": str(decode_id(variables["id"], LEAD)[1])} if "id" in variables else {}
    return {**variables, **id, "w": str(known.workspace)}


def common(answer: bytes) -> Any:
    """An answer without cursors and spellings of ids and moments, in Leadwell's form; what is missing is left out."""
    return _plain(orjson.loads(answer)["data"])


def _plain(value: object, key: str = "") -> object:
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[Any]", value)]
    if isinstance(value, str):
        return _leaf(value, key)
    if isinstance(value, dict):
        found = {("id" if k == "rowId" else k): v for k, v in _lifted(cast("dict[str, Any]", value)).items()}
        return {k: _plain(v, k) for k, v in found.items() if v is not None and k not in ("cursor", "endCursor")}
    return value


def _lifted(value: dict[str, Any]) -> dict[str, Any]:
    """PostGraphile shows the person, their score and their timeline as tables of their own."""
    person: dict[str, Any] | None = value.get("person")
    if person is None:
        return value
    rest = {k: v for k, v in (value | person).items() if k not in ("person", "scores", "timeline")}
    scores: list[dict[str, Any]] = person["scores"]["nodes"]
    return rest | (scores[0] if scores else {}) | {"activities": {"nodes": [node.get("activity", node) for node in person["timeline"]["nodes"]]}}


def _leaf(text: str, key: str) -> object:
    if key == "id":
        return str(decode_id(text)[1]) if len(text) == 24 else text
    return datetime.fromisoformat(text) if key == "at" or key.endswith("At") else text
