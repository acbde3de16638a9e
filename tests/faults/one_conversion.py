"""A process that converts a lead or amends its conversion, and dies at the point its environment names."""

import asyncio
import sys
from uuid import UUID

from leadwell import conversion
from leadwell.base import secrets
from leadwell.base.actor import Actor
from leadwell.base.pool import open_pool
from leadwell.base.tx import Database
from leadwell.conversion import CompanyWish, ConversionWish, DealWish

WISHES = {
    "convert": ConversionWish(), "link": ConversionWish(on_duplicate="LINK"), "bare": ConversionWish(deal=DealWish("NONE")),
    "amend": ConversionWish(CompanyWish(name="Real Ltd"), deal=DealWish("CREATE", name="Forgotten")),
}


async def main(url: str, workspace: str, verb: str, lead: str, *related: str) -> None:
    secrets.configure((("test", b"t" * 32),))
    db = Database(await open_pool(url, size=2))
    actor, id, wish = Actor.system(UUID(workspace)), UUID(lead), WISHES[verb]
    if verb == "amend":
        await db.run(actor, lambda tx: conversion.amend(tx, id, wish, company=True))
    elif related:
        items = [conversion.Item(id, wish), *(conversion.Item(UUID(one), wish) for one in related)]
        await db.run(actor, lambda tx: conversion.convert_many(tx, items, "SKIP"))
    else:
        await db.run(actor, lambda tx: conversion.convert(tx, id, wish))
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
