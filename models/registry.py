"""Every model on one screen: what Tortoise is given, and which nouns the API shows, in this order."""

from typing import Any

from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.models import Model

from models import (
    activities,
    assignment,
    audit,
    automations,
    broadcasts,
    calendars,
    campaigns,
    changes,
    companies,
    consent,
    contacts,
    control,
    conversions,
    custom,
    deals,
    duplicates,
    enrichment,
    feeds,
    files,
    forms,
    leads,
    merges,
    people,
    pipelines,
    pressure,
    privacy,
    purchases,
    sandboxes,
    scores,
    segments,
    senders,
    sends,
    sequences,
    signin,
    sources,
    tasks,
    templates,
    transfers,
    users,
    visitors,
    webhooks,
    work,
)
from models.columns import Tenant

MODULES = (
    people, leads, contacts, companies, deals, conversions, activities, tasks, users, pipelines, sources, campaigns,
    purchases, custom, forms, feeds, visitors, transfers, files, consent, sequences, senders, sends, segments, scores,
    enrichment, webhooks, merges, work, audit, privacy, control, duplicates, changes,
    calendars, assignment, automations, pressure, sandboxes, templates, broadcasts, signin,
)  # fmt: skip
ALL: tuple[type[Model], ...] = tuple(
    thing
    for module in MODULES
    for thing in vars(module).values()
    if isinstance(thing, type) and issubclass(thing, Model) and thing.__module__ == module.__name__
)
PUBLIC: tuple[type[Tenant], ...] = tuple(m for m in ALL if issubclass(m, Tenant) and m.tag)
__models__ = list(ALL)


def forget_filters() -> None:
    """For processes that never ask Tortoise for rows: it makes a dozen filters for each column beforehand, 49,000 in all, which take 15 MB.
    Call it before anything else is imported that could use the memory."""
    for model in ALL:
        model._meta._filters.clear()    # pyright: ignore[reportPrivateUsage]
        model._meta.filters.clear()     # pyright: ignore[reportPrivateUsage]


async def bind(credentials: dict[str, Any]) -> Any:
    """Tells Tortoise its models, once a process, and returns its client. The client opens no connection of its own."""
    if not Tortoise.is_inited():
        await Tortoise.init(
            config={
                "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials}},
                "apps": {"models": {"models": ["models.registry"], "default_connection": "default"}},
                "use_tz": True,
                "timezone": "UTC",
            },
            _enable_global_fallback=True,
        )
    return get_connection("default")
