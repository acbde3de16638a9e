"""The same pages as the manuals of Strawberry and Tortoise would have them: types, models, data loaders, caches of documents; one transaction under
row security for each operation. What every lead shows of its person and score is read with the page; owner, company and activities by loaders."""

import asyncio
import base64
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache

from leadwell.access import Credentials, Viewer
from leadwell.base import secrets
from leadwell.base.ids import decode_id, encode_id
from leadwell.base.pool import open_pool, tortoise_credentials
from leadwell.base.settings import load_settings
from leadwell.base.tx import Database, Tx
from models import activities, companies, leads, people, scores, users
from models.registry import bind

for choice in (leads.LeadState, activities.ActivityKind, activities.ActivityDirection):
    strawberry.enum(choice)
NEWEST = (
    "SELECT a.* FROM unnest($2::uuid[]) k (id), LATERAL (SELECT a.*, t.person_id FROM activity_participants t JOIN activities a"
    " ON a.workspace_id = $1 AND a.id = t.activity_id WHERE t.workspace_id = $1 AND t.person_id = k.id"
    " ORDER BY t.at DESC, t.activity_id DESC LIMIT $3) a"
)


@strawberry.enum
class Direction(Enum):
    ASC = ""
    DESC = "-"


class Context:
    """Of one operation: who asks, the transaction, and the loaders."""

    tx: Tx

    def __init__(self, db: Database, viewer: Viewer) -> None:
        self.db, self.viewer, self.turn = db, viewer, asyncio.Lock()  # one connection answers one question at a time
        self.owners: DataLoader[UUID, Any] = DataLoader(lambda ids: self.by_id(users.User, ids))
        self.companies: DataLoader[UUID, Any] = DataLoader(lambda ids: self.by_id(companies.Company, ids))
        self.activities: DataLoader[tuple[UUID, int], list[Activity]] = DataLoader(self.newest)

    async def by_id(self, model: Any, ids: Sequence[UUID]) -> list[Any]:
        async with self.turn:
            found = {row.id: row for row in await model.of(self.tx).filter(id__in=ids)}
        return [found.get(id) for id in ids]

    async def newest(self, keys: Sequence[tuple[UUID, int]]) -> list[list[Any]]:
        found: dict[UUID, list[Any]] = {id: [] for id, _ in keys}
        async with self.turn:
            rows = await self.tx.fetch(NEWEST, self.tx.workspace, list(found), keys[0][1])
        for row in rows:
            found[row["person_id"]].append(Activity.of(row))
        return [found[id] for id, _ in keys]


Info = strawberry.Info[Context, None]


@strawberry.type
class User:
    name: str


@strawberry.type
class Company:
    id: strawberry.ID
    name: str
    domain: str | None
    industry: str | None
    employees: int | None
    country: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: companies.Company) -> "Company":
        return cls(
            id=strawberry.ID(encode_id(4, row.id)), name=row.name, domain=row.domain, industry=row.industry, employees=row.employees,
            country=row.country, created_at=row.created_at)


@strawberry.type
class Activity:
    id: strawberry.ID
    kind: activities.ActivityKind
    at: datetime
    subject: str | None
    direction: activities.ActivityDirection | None

    @classmethod
    def of(cls, row: Any) -> "Activity":
        direction = activities.ActivityDirection(row["direction"]) if row["direction"] else None
        kind = activities.ActivityKind(row["kind"])
        return cls(id=strawberry.ID(encode_id(6, row["id"])), kind=kind, at=row["at"], subject=row["subject"], direction=direction)


@strawberry.type
class Activities:
    nodes: list[Activity]


@strawberry.type
class Lead:
    row: strawberry.Private[leads.Lead]
    id: strawberry.ID
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    country: str | None
    title: str | None
    state: leads.LeadState
    score: int | None
    grade: str | None
    fit: int | None
    engagement: int | None
    company_name: str | None
    need: str | None
    created_at: datetime
    updated_at: datetime
    last_activity_at: datetime | None
    closed_at: datetime | None
    version: int

    @strawberry.field
    async def owner(self, info: Info) -> User | None:
        found = await info.context.owners.load(self.row.owner_id) if self.row.owner_id else None
        return User(name=found.name) if found else None

    @strawberry.field
    async def company(self, info: Info) -> Company | None:
        found = await info.context.companies.load(self.row.company_id) if self.row.company_id else None
        return Company.of(found) if found else None

    @strawberry.field
    async def activities(self, info: Info, first: int = 25) -> Activities:
        return Activities(nodes=await info.context.activities.load((self.row.person_id, first)))

    @classmethod
    def of(cls, row: leads.Lead, person: people.Person, score: scores.Score | None) -> "Lead":
        return cls(
            row=row, id=strawberry.ID(encode_id(2, row.id)), first_name=person.first_name, last_name=person.last_name, email=person.email,
            phone=person.phone, country=person.country, title=row.title, state=leads.LeadState(row.state), score=score and score.score,
            grade=score and score.grade, fit=score and score.fit, engagement=score and score.engagement, company_name=row.company_name,
            need=row.need, created_at=row.created_at, updated_at=row.updated_at, last_activity_at=row.last_activity_at, closed_at=row.closed_at,
            version=row.version)


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Edge:
    cursor: str
    node: Lead


@strawberry.type
class Leads:
    page_info: PageInfo
    edges: list[Edge]


@strawberry.input
class StateTest:
    eq: leads.LeadState | None = None


@strawberry.input
class MomentTest:
    lt: datetime | None = None


@strawberry.input
class LeadWhere:
    state: StateTest | None = None
    created_at: MomentTest | None = None


@strawberry.input
class LeadOrder:
    created_at: Direction | None = None


@strawberry.type
class Query:
    @strawberry.field
    async def leads(self, info: Info, first: int = 25, where: LeadWhere | None = None, order_by: list[LeadOrder] | None = None) -> Leads:
        rows = leads.Lead.of(info.context.tx).filter(archived_at=None)
        if where and where.state and where.state.eq:
            rows = rows.filter(state=where.state.eq.value)
        if where and where.created_at and where.created_at.lt:
            rows = rows.filter(created_at__lt=where.created_at.lt)
        way = order_by[0].created_at.value if order_by and order_by[0].created_at else ""
        found = await rows.order_by(f"{way}created_at", f"{way}id").limit(first + 1)
        edges = [Edge(cursor=cursor(lead.row), node=lead) for lead in await whole(info.context.tx, found[:first])]
        return Leads(page_info=PageInfo(has_next_page=len(found) > first, end_cursor=edges[-1].cursor if edges else None), edges=edges)

    @strawberry.field
    async def lead(self, info: Info, id: strawberry.ID) -> Lead | None:
        found = await whole(info.context.tx, await leads.Lead.of(info.context.tx).filter(id=decode_id(id, 2)[1]))
        return found[0] if found else None


async def whole(tx: Tx, rows: Sequence[leads.Lead]) -> list[Lead]:
    """Leads with what belongs to their people, read for all at once."""
    ids = [row.person_id for row in rows]
    persons = {p.id: p for p in await people.Person.of(tx).filter(id__in=ids)}
    scored = {s.person_id: s for s in await scores.Score.of(tx).filter(person_id__in=ids, is_default=True)}
    return [Lead.of(row, persons[row.person_id], scored.get(row.person_id)) for row in rows]


def cursor(row: leads.Lead) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([row.created_at, str(row.id)])).decode()


class Secured(SchemaExtension):
    """One read-only transaction in the caller's workspace around each operation."""

    async def on_execute(self) -> AsyncIterator[None]:
        context: Context = self.execution_context.context
        async with context.db.read(context.viewer.actor("bench")) as context.tx:
            yield


class App(GraphQL[Context, None]):
    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        state = request.app.state
        return Context(state.db, await state.credentials.viewer(request.headers["authorization"].removeprefix("Bearer ")))

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


@asynccontextmanager
async def life(app: Starlette) -> AsyncGenerator[None]:
    settings = load_settings(dotenv=None)
    secrets.configure(settings.secret_keys)
    client = await bind(tortoise_credentials(settings.database_url))
    app.state.db = db = Database(await open_pool(settings.database_url, size=settings.pool_size), client)
    app.state.credentials = Credentials(db)
    yield
    await db.close()


schema = strawberry.Schema(Query, extensions=[lambda: ParserCache(maxsize=256), lambda: ValidationCache(maxsize=256), Secured])
app = Starlette(lifespan=life, routes=[Route("/graphql", App(schema))])
