"""What a workspace says about itself, and what its administrators chose, read inside one of its transactions."""

from collections.abc import Mapping
from dataclasses import field, fields
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from leadwell.base.fixed import fixed
from leadwell.base.tx import Tx


def _setting(default: Any, says: str) -> Any:
    return field(default=default, metadata={"says": says})


@fixed
class WorkspaceSettings:
    """Every setting there is, with its default; `workspaces.settings` keeps those that were chosen, under the same names."""

    individuals: bool = _setting(False, "Whether a contact may do without a company.")
    convert_deal: Literal["CREATE", "NONE"] = _setting("CREATE", "What converting a lead does about a deal, where the conversion does not say.")
    repeat_hand_raise: Literal["LEAD", "TASK"] = _setting("LEAD", "What the owner of a contact who asks to be spoken to gets.")
    capture_exceptions: tuple[str, ...] = _setting((), "E-mail addresses and domains whose submissions stay parked until somebody replays them.")
    purchase_by_lead: Literal["CONVERT", "PARK"] = _setting("CONVERT", "What a purchase by somebody with an open lead does.")
    link_duplicates: bool = _setting(False, "Whether two people who are beyond doubt one (`LINK`) are merged by themselves; each merge can be taken back.")
    track_opens: bool = _setting(True, "Whether mail carries a pixel that tells when it is opened.")
    track_clicks: bool = _setting(True, "Whether links in mail lead by way of this installation, which tells when they are followed.")
    soft_bounces: int = _setting(7, "How many soft bounces in a row end mail to an address, as a hard one does; 0: however many do not.")
    soft_bounce_days: int = _setting(7, "Over how many days such a row has to reach at least, so that one bad day of a mail server ends nothing.")
    convert_fields: tuple[tuple[str, str, str], ...] = _setting((), "Custom fields of a lead that its conversion takes over.")

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "WorkspaceSettings":
        """From the table; a list of JSON is a tuple here."""
        chosen: dict[str, Any] = {name: kept[name] for name in SAYS if name in kept}
        chosen["capture_exceptions"] = tuple(chosen.get("capture_exceptions", ()))
        chosen["convert_fields"] = tuple((key, noun, target) for key, noun, target in chosen.get("convert_fields", ()))
        return cls(**chosen)


SAYS: Mapping[str, str] = {one.name: one.metadata["says"] for one in fields(WorkspaceSettings)}


@fixed
class WorkspaceFacts:
    """What rules ask about their workspace."""

    currency: str
    time_zone: str
    country: str | None
    settings: WorkspaceSettings = WorkspaceSettings()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "WorkspaceFacts":
        """From the columns of the table."""
        return cls(row["currency"], row["time_zone"], row["country"], WorkspaceSettings.of(row["settings"]))

    def today(self, now: datetime) -> date:
        """The calendar day in the workspace's zone."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()


async def workspace_facts(tx: Tx) -> WorkspaceFacts:
    """The facts of the workspace that the transaction is in."""
    row = await tx.row("SELECT w.currency, w.time_zone, w.country, w.settings FROM lw_here w")
    assert row is not None, "a transaction is always in a workspace"
    return WorkspaceFacts.of(dict(row))
