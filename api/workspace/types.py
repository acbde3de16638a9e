"""Types of the workspace that the catalog cannot say: the viewer and the workspace itself."""

from datetime import datetime
from typing import Any, Optional

import strawberry

from api.context import Info
from api.grammar import GRAMMAR
from api.users.types import SessionType
from leadwell.access import Viewer, sessions
from leadwell.access.place import Place, place
from leadwell.base.workspace import SAYS
from models.control import DealAtConversion, PurchaseByLead, RepeatHandRaise

USER: Any = Optional[GRAMMAR.type("User")]  # noqa: UP045

for choices in (DealAtConversion, RepeatHandRaise, PurchaseByLead):
    GRAMMAR.enum(choices)


@strawberry.type(description="A custom field of leads that conversion takes over into one of another noun.")
class FieldMapping:
    lead_key: str = strawberry.field(description="Key of the lead's field.")
    noun: str = strawberry.field(description="Company, Contact or Deal.")
    key: str = strawberry.field(description="Key of its field.")


@strawberry.type(description="What administrators of the workspace chose, or else the defaults.", name="WorkspaceSettings")
class SettingsType:
    individuals: bool = strawberry.field(description=SAYS["individuals"])
    convert_deal: DealAtConversion = strawberry.field(description=SAYS["convert_deal"])
    convert_fields: list[FieldMapping] = strawberry.field(description=SAYS["convert_fields"])
    repeat_hand_raise: RepeatHandRaise = strawberry.field(description=SAYS["repeat_hand_raise"])
    purchase_by_lead: PurchaseByLead = strawberry.field(description=SAYS["purchase_by_lead"])
    capture_exceptions: list[str] = strawberry.field(description=SAYS["capture_exceptions"])
    link_duplicates: bool = strawberry.field(description=SAYS["link_duplicates"])
    track_opens: bool = strawberry.field(description=SAYS["track_opens"])
    track_clicks: bool = strawberry.field(description=SAYS["track_clicks"])
    soft_bounces: int = strawberry.field(description=SAYS["soft_bounces"])
    soft_bounce_days: int = strawberry.field(description=SAYS["soft_bounce_days"])


@strawberry.type(description="A tenant: all records belong to one.", name="Workspace")
class WorkspaceType:
    uuid: strawberry.ID = strawberry.field(description="Its id in webhooks and files.")
    slug: str = strawberry.field(description="Short name in addresses and at sign-in.")
    name: str = strawberry.field(description="Name people see.")
    kind: str = strawberry.field(description="LIVE, or SANDBOX with a clock of its own.")
    time_zone: str = strawberry.field(description="IANA time zone of the business.")
    currency: str = strawberry.field(description="ISO 4217 code of reports.")
    country: str | None = strawberry.field(description="Country, ISO 3166-1 alpha-2; how numbers and addresses without one are read.")
    locale: str = strawberry.field(description="Language tag of texts without another.")
    now: datetime = strawberry.field(description="The business clock.")
    version: int = strawberry.field(description="Grows with every change of the settings.")
    settings: SettingsType | None = strawberry.field(description="What its administrators chose; null for whoever may not read `workspaces`.")

    @classmethod
    def of(cls, here: Place, *, open: bool) -> "WorkspaceType":
        chosen = here.settings
        settings = SettingsType(
            individuals=chosen.individuals, convert_deal=DealAtConversion(chosen.convert_deal),
            convert_fields=[FieldMapping(lead_key=key, noun=noun, key=target) for key, noun, target in chosen.convert_fields],
            repeat_hand_raise=RepeatHandRaise(chosen.repeat_hand_raise), purchase_by_lead=PurchaseByLead(chosen.purchase_by_lead),
            capture_exceptions=list(chosen.capture_exceptions),
            link_duplicates=chosen.link_duplicates, track_opens=chosen.track_opens, track_clicks=chosen.track_clicks,
            soft_bounces=chosen.soft_bounces, soft_bounce_days=chosen.soft_bounce_days)
        return cls(
            uuid=strawberry.ID(str(here.id)), slug=here.slug, name=here.name, kind=here.kind, time_zone=here.time_zone, currency=here.currency,
            country=here.country, locale=here.locale, now=here.now, version=here.version, settings=settings if open else None)


@strawberry.type(description="Who asks, and what they may do.", name="Viewer")
class ViewerType:
    of: strawberry.Private[Viewer]

    @strawberry.field(description="USER or KEY.")
    def kind(self) -> str:
        return self.of.kind

    @strawberry.field(description="Name of the user or key.")
    def name(self) -> str:
        return self.of.name

    @strawberry.field(description="Code of the user's role; KEY for a key.")
    def role(self) -> str:
        return self.of.role

    @strawberry.field(description="What may be done, as noun:verb; * stands for all. An entry for a noun replaces that for all nouns.")
    def permissions(self) -> list[str]:
        return self.of.permissions()

    @strawberry.field(graphql_type=USER, description="The signed-in user; null for a key.")
    async def user(self, info: Info) -> Any:
        return await GRAMMAR.row(info.context, "User", self.of.user) if self.of.user else None

    @strawberry.field(description="The workspace looked at.")
    async def workspace(self, info: Info) -> WorkspaceType:
        return await workspace_of(info)

    @strawberry.field(description="Where the user is signed in to this workspace, last used first; none for a key.")
    async def sessions(self, info: Info) -> list[SessionType]:
        if self.of.user is None:
            return []
        async with info.context.lock:
            return [SessionType.of(one) for one in await sessions.listed(await info.context.reader(), self.of.user, info.context.token)]


async def workspace_of(info: Info) -> WorkspaceType:
    """The workspace looked at, as it now is."""
    async with info.context.lock:
        here = await place(await info.context.reader())
    return WorkspaceType.of(here, open=info.context.viewer.may("workspaces", "read"))
